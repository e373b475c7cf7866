/** What writing asks of the server besides what reading does. */
import type { EmailAddress, Id, UtcDate } from '../jmap/types';

export interface Identity {
  id: Id;
  name: string;
  email: string;
  replyTo: EmailAddress[] | null;
  bcc: EmailAddress[] | null;
  textSignature: string;
  htmlSignature: string;
  mayDelete: boolean;
}

export interface EmailSubmission {
  id: Id;
  identityId: Id;
  emailId: Id;
  threadId: Id;
  sendAt: UtcDate;
  undoStatus: 'pending' | 'final' | 'canceled';
}

export interface Principal {
  id: Id;
  type: string;
  name: string;
  description: string | null;
  email: string | null;
}

declare module '../jmap/methods' {
  interface Methods {
    'Identity/get': [GetArguments, GetAnswer<Identity>];
    'Identity/set': [SetArguments, SetAnswer<Identity>];
    'EmailSubmission/get': [GetArguments, GetAnswer<EmailSubmission>];
    'EmailSubmission/set': [
      SetArguments & {
        onSuccessUpdateEmail?: Record<string, Patch>;
        onSuccessDestroyEmail?: string[];
      },
      SetAnswer<EmailSubmission>,
    ];
    'Principal/get': [GetArguments, GetAnswer<Principal>];
    'Principal/query': [
      Omit<QueryArguments, 'filter'> & { filter?: Record<string, unknown> | null },
      QueryAnswer,
    ];
  }
}
