/** The frame alone, on a page with the policy of the real one. */
import { showIn, type Content, type Options } from '../../src/mail/frame/frame';
import { dropFrame, takeFrame } from '../../src/mail/frame/spare';

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

Object.assign(window, { show });
