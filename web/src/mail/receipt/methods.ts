/** What receipts ask of the server (RFC 9007). */
import type { Id } from '../../jmap/types';

export interface Mdn {
  forEmailId: Id;
  subject: string;
  textBody: string;
  reportingUA: string;
  disposition: {
    actionMode: 'manual-action' | 'automatic-action';
    sendingMode: 'mdn-sent-manually' | 'mdn-sent-automatically';
    type: 'displayed';
  };
}

declare module '../../jmap/methods' {
  interface Methods {
    'MDN/send': [
      {
        accountId: Id;
        identityId: Id;
        send: Record<string, Mdn>;
        onSuccessUpdateEmail?: Record<string, Patch>;
      },
      { sent: Record<string, unknown> | null; notSent: Record<string, SetError> | null },
    ];
  }
}
