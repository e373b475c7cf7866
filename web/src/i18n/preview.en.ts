import type { Entry } from './en';

/** Attachments: the bar, and the window that shows what is in them. */
export const previewEn = {
  'preview.open': 'Preview',
  'preview.title': 'Preview of {name}',
  'preview.position': '{count} of {total}',
  'preview.previous': 'Previous attachment',
  'preview.next': 'Next attachment',
  'preview.all': 'Download all (zip)',
  'preview.zoomIn': 'Zoom in',
  'preview.zoomOut': 'Zoom out',
  'preview.fit': 'Fit to window',
  'preview.rotate': 'Rotate',
  'preview.page': 'Page {page} of {total}',
  'preview.pageFailed': 'Page {page} could not be drawn.',
  'preview.asText': 'Show as text',
  'preview.asPages': 'Show pages',
  'preview.content': 'Content of {name}',
  'preview.none': 'There is no preview for this kind of file.',
  'preview.unreadable': 'This file is damaged or protected by a password.',
  'preview.large': 'This file is too large for a preview.',
  'preview.failed': 'The preview could not be loaded.',
  'preview.cut': 'Only the beginning is shown. Download the file to see all of it.',
  'preview.simple': 'Simplified view: layout and pictures are not shown.',
  'preview.dangerous': 'Files of this kind can harm your computer. Open only what you expected.',
  'preview.disguised':
    'The name of this file hides what it is: {ending}. Do not open it unless you are sure.',
  'preview.mayHarm': 'May be harmful',
} satisfies Record<string, Entry>;
