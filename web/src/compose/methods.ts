/** What writing asks of the server besides what reading does. */
import type { Email, Id, UtcDate } from '../jmap/types';

export interface Envelope {
  mailFrom: { email: string; parameters: Record<string, string | null> | null };
  rcptTo: { email: string; parameters: Record<string, string | null> | null }[];
}

export interface EmailSubmission {
  id: Id;
  identityId: Id;
  emailId: Id;
  threadId: Id;
  sendAt: UtcDate;
  undoStatus: 'pending' | 'final' | 'canceled';
  envelope: Envelope | null;
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
    'Email/copy': [
      {
        fromAccountId: Id;
        accountId: Id;
        create: Record<string, Patch>;
        onSuccessDestroyOriginal?: boolean;
      },
      SetAnswer<Email>,
    ];
    'Email/import': [
      { accountId: Id; emails: Record<string, Patch> },
      Pick<SetAnswer<Email>, 'created' | 'notCreated'>,
    ];
    'EmailSubmission/query': [
      Omit<QueryArguments, 'filter'> & { filter?: Record<string, unknown> | null },
      QueryAnswer,
    ];
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
