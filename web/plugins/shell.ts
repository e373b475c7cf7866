import type { Plugin } from 'vite';

/** shell.json: what the service worker keeps, so that the page opens without a network. */
export function shell(): Plugin {
  return {
    name: 'shell',
    apply: 'build',
    generateBundle(_, bundle) {
      const files = Object.keys(bundle).filter((name) => name.startsWith('assets/'));
      this.emitFile({
        type: 'asset',
        fileName: 'shell.json',
        source: JSON.stringify(['/', '/icon.svg', ...files.sort().map((name) => `/${name}`)]),
      });
    },
  };
}
