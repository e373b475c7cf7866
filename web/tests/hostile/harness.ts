/** The frame alone, the editor and the printed sheet, on a page with the policy of the real one. */
import { cleanForQuote } from '../../src/compose/begin';
import { Editor, Inline } from '../../src/compose/editor';
import { showIn, type Content, type Options } from '../../src/mail/frame/frame';
import { SANDBOX, SKELETON } from '../../src/mail/frame/skeleton';
import { dropFrame, takeFrame } from '../../src/mail/frame/spare';
import { Press } from '../../src/mail/print/paper';

const none = () => Promise.resolve(null);
const dark = new URLSearchParams(location.search).has('dark');
const options: Options = {
  paper: dark
    ? {
        dark: true,
        text: '#e7eaef',
        ground: '#191c21',
        link: '#8ab4f8',
        line: '#2b3038',
        warn: '#f3cd7c',
        font: 'sans-serif',
      }
    : {
        dark: false,
        text: '#1b2027',
        ground: '#fff',
        link: '#1d5fc4',
        line: '#d5dae1',
        warn: '#7a4b00',
        font: 'sans-serif',
      },
  words: { deceiving: 'This leads to', quoted: 'Quoted text' },
  asSent: false,
  inside: none,
  remote: null,
  follow: (href) => {
    document.body.dataset['followed'] = href;
    return true;
  },
};

async function show(content: Content, more: Partial<Options> = {}): Promise<object> {
  const place = document.getElementById('reader');
  if (!place) throw new Error('the harness has no reader');
  for (const old of Array.from(place.querySelectorAll('iframe'))) dropFrame(old);
  const frame = takeFrame(place);
  const { remote, truncated } = showIn(frame, content, { ...options, ...more });
  frame.contentDocument?.querySelector<HTMLElement>('[tabindex], a, img')?.focus();
  await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
  return { remote, truncated };
}

const painted = () =>
  new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

/** What is answered or forwarded comes into the page itself: no frame is around the editor. */
async function answer(content: Content): Promise<string> {
  const root = document.createElement('div');
  root.contentEditable = 'true';
  document.getElementById('reader')?.append(root);
  const ignore = () => undefined;
  const editor = new Editor(root, new Inline(), { input: ignore, path: ignore, files: ignore });
  editor.html = `<div>yes</div>${cleanForQuote(content.value)}`;
  editor.insert(content.value); // pasted
  await painted();
  const written = editor.html;
  editor.close();
  root.remove();
  return written;
}

/** As src/mail/print opens its frame, which may open the browser's window for printing. */
async function print(content: Content): Promise<void> {
  const frame = document.createElement('iframe');
  frame.setAttribute('sandbox', `${SANDBOX} allow-modals`);
  frame.srcdoc = SKELETON;
  await new Promise((loaded) => {
    frame.addEventListener('load', loaded, { once: true });
    document.getElementById('reader')?.append(frame);
  });
  const { contentDocument: doc, contentWindow: view } = frame;
  if (!doc || !view) throw new Error('the frame has no document');
  const press = new Press(doc, view as Window & typeof globalThis);
  press.title('hostile');
  press.add({
    fields: [['From', 'x']],
    content,
    sources: { inside: none, remote: null },
    files: { title: '', names: [] },
    note: '',
  });
  await press.ready(1000);
  await painted();
  press.close();
  frame.remove();
}

Object.assign(window, { show, answer, printed: print });
