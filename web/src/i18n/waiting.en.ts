/** Texts of mail that waits for its hour, of drafts on two devices, and of several accounts. */
export const waitingEn = {
  'folder.scheduled': 'Scheduled',
  'scheduled.intro': 'These messages have not been sent yet. Each leaves at its own hour.',
  'scheduled.none': 'No message waits to be sent.',
  'scheduled.leaves': 'Leaves {when}',
  'scheduled.stuck': 'Is not going to be sent: edit it to send it again.',
  'scheduled.to': 'To: {who}',
  'scheduled.edit': 'Cancel and edit',
  'scheduled.now': 'Send now',
  'scheduled.change': 'Change the time',
  'scheduled.of': '{what}: {subject}',
  'scheduled.failed': 'It is a draft again, since it could not be sent: {reason}',
  'compose.elsewhere':
    'This draft was changed on another device too. Both are among the drafts; this is yours.',
  'compose.sentElsewhere':
    'This draft was changed on another device too. What was written there is among the drafts.',
  'folders.count': { one: 'one message', other: '{count} messages' },
} as const;
