/** The frame's own style sheet: what mail stands on. */
export interface Paper {
  dark: boolean;
  /** Of the page, as CSS wants them. */
  text: string;
  ground: string;
  link: string;
  line: string;
  warn: string;
  font: string;
}

export function paperSheet(p: Paper): string {
  return `
    :root { color-scheme: ${p.dark ? 'dark' : 'light'}; overflow: hidden; background: ${p.ground}; }
    body { margin: 0; padding: 1px 0 8px; color: ${p.text}; background: ${p.ground};
      font: 15px/1.5 ${p.font}; overflow-x: auto; overflow-y: hidden; overflow-wrap: anywhere;
      position: relative; }
    a { color: ${p.link}; }
    a.postroad-deceiving { outline: 2px solid ${p.warn}; outline-offset: 2px; border-radius: 2px; }
    a.postroad-deceiving::after { content: " ⚠"; color: ${p.warn}; }
    img { max-width: 100%; }
    img:not([src]) { display: inline-block; min-width: 16px; min-height: 16px; max-height: 300px;
      border: 1px dashed ${p.line}; border-radius: 4px; font-size: 12px; box-sizing: border-box; }
    pre { white-space: pre-wrap; margin: 0; font: inherit; }
    pre code, code, kbd, samp, tt { font-family: ui-monospace, "DejaVu Sans Mono", monospace; }
    table { max-width: 100%; }
    blockquote { margin: 8px 0 8px 2px; padding: 0 0 0 12px; border-left: 3px solid ${p.line}; }
    summary { display: inline-block; cursor: pointer; list-style: none; margin: 8px 0;
      padding: 0 8px; border-radius: 8px; background: ${p.line}; color: ${p.text};
      font: 12px/16px ${p.font}; letter-spacing: 1px; }
    summary::-webkit-details-marker { display: none; }
    mark.postroad-hit { background: ${p.dark ? '#5c4d10' : '#fff0a8'};
      color: ${p.dark ? '#f6f1dc' : '#1b2027'}; border-radius: 2px; }
    hr { border: 0; border-top: 1px solid ${p.line}; }
    :focus-visible { outline: 2px solid ${p.link}; outline-offset: 2px; }
  `;
}
