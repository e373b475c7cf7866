import type { Entry } from './en';

/** More texts of writing: templates, recipients, pictures. */
export const writingEn = {
  'writing.rename': 'Rename',
  'writing.remove': 'Remove',
  'writing.renameTemplate': 'Rename {name}',
  'writing.removeTemplate': 'Remove the template {name}',
  'writing.templateName': 'Name of the template, and its subject',
  'writing.templateRenamed': 'The template is called {name}',
  'writing.templateRemoved': 'The template {name} is removed',
  'writing.group': 'Group',
  'writing.resource': 'Resource',
  'writing.suggestions': 'Suggestions',
  'writing.forget': 'Do not suggest any more',
  'writing.forgetKey': 'Shift+Delete: do not suggest any more',
  'writing.forgotten': '{name} is not suggested any more',
  'writing.replyTo': 'Replies to',
  'writing.addReplyTo': 'Have answers go elsewhere',
  'writing.forwardAttached': 'Forward as attachment',
  'writing.forwardedMany': 'Fwd: {count} messages',
  'writing.tooManyAttached': 'At most {count} messages can be attached.',
  'writing.picture': 'Picture',
  'writing.pictureWords': 'What it shows',
  'writing.pictureHelp':
    'For people who cannot see it. Leave it empty if the picture is decoration.',
  'writing.pictureWidth': 'Width',
  'writing.pictureSmall': 'Small ({width} pixels)',
  'writing.pictureMedium': 'Medium ({width} pixels)',
  'writing.pictureLarge': 'Large ({width} pixels)',
  'writing.pictureWhole': 'As it is ({width} pixels)',
  'writing.pictureRemove': 'Remove the picture',
} satisfies Record<string, Entry>;

export type WritingTexts = {
  [K in keyof typeof writingEn]: (typeof writingEn)[K] extends string
    ? string
    : Exclude<Entry, string>;
};
