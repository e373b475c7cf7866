import type {
  AppPassword,
  Comparator,
  Email,
  EmailContent,
  Filter,
  Id,
  Identity,
  Mailbox,
  OAuthGrant,
  Passkey,
  Quota,
  Recoverable,
  SearchSnippet,
  Setting,
  SieveScript,
  SignInSession,
  Snooze,
  Thread,
  Totp,
  VacationResponse,
} from './types';

export interface GetArguments {
  accountId: Id;
  ids?: Id[] | null;
  properties?: string[];
}
export interface GetAnswer<T> {
  accountId: Id;
  state: string;
  list: T[];
  notFound: Id[];
}

export interface ChangesArguments {
  accountId: Id;
  sinceState: string;
  maxChanges?: number;
}
export interface ChangesAnswer {
  accountId: Id;
  oldState: string;
  newState: string;
  hasMoreChanges: boolean;
  created: Id[];
  updated: Id[];
  destroyed: Id[];
}

export interface QueryArguments {
  accountId: Id;
  filter?: Filter | null;
  sort?: Comparator[];
  position?: number;
  anchor?: Id;
  anchorOffset?: number;
  limit?: number;
  calculateTotal?: boolean;
  collapseThreads?: boolean;
}
export interface QueryAnswer {
  accountId: Id;
  queryState: string;
  canCalculateChanges: boolean;
  position: number;
  ids: Id[];
  total?: number;
}

export interface SetError {
  type: string;
  description?: string | null;
  properties?: string[];
}
export type Patch = Record<string, unknown>;
export interface SetArguments {
  accountId: Id;
  ifInState?: string;
  create?: Record<string, Patch>;
  update?: Record<Id, Patch>;
  destroy?: Id[];
}
export interface SetAnswer<T> {
  accountId: Id;
  oldState: string | null;
  newState: string;
  created: Record<string, Partial<T> & { id: Id }> | null;
  updated: Record<Id, Partial<T> | null> | null;
  destroyed: Id[] | null;
  notCreated: Record<string, SetError> | null;
  notUpdated: Record<Id, SetError> | null;
  notDestroyed: Record<Id, SetError> | null;
}

export interface BodyArguments {
  bodyProperties?: string[];
  fetchTextBodyValues?: boolean;
  fetchHTMLBodyValues?: boolean;
  fetchAllBodyValues?: boolean;
  maxBodyValueBytes?: number;
}

/** Method to [arguments, answer]. A method that the page begins to use gets a row here. */
export interface Methods {
  'Core/echo': [Record<string, unknown>, Record<string, unknown>];
  'Mailbox/get': [GetArguments, GetAnswer<Mailbox>];
  'Mailbox/set': [SetArguments & { onDestroyRemoveEmails?: boolean }, SetAnswer<Mailbox>];
  'Thread/get': [GetArguments, GetAnswer<Thread>];
  'Email/get': [GetArguments & BodyArguments, GetAnswer<Email & EmailContent>];
  'Email/changes': [ChangesArguments, ChangesAnswer];
  'Email/query': [QueryArguments, QueryAnswer];
  'Email/set': [SetArguments, SetAnswer<Email & EmailContent>];
  'Identity/get': [GetArguments, GetAnswer<Identity>];
  'Identity/set': [SetArguments, SetAnswer<Identity>];
  'VacationResponse/get': [GetArguments, GetAnswer<VacationResponse>];
  'VacationResponse/set': [SetArguments, SetAnswer<VacationResponse>];
  'SieveScript/get': [GetArguments, GetAnswer<SieveScript>];
  'SieveScript/set': [
    SetArguments & { onSuccessActivateScript?: Id; onSuccessDeactivateScript?: boolean },
    SetAnswer<SieveScript>,
  ];
  'SignInSession/get': [GetArguments, GetAnswer<SignInSession>];
  'SignInSession/set': [SetArguments, SetAnswer<SignInSession>];
  'AppPassword/get': [GetArguments, GetAnswer<AppPassword>];
  'AppPassword/set': [SetArguments, SetAnswer<AppPassword>];
  'OAuthGrant/get': [GetArguments, GetAnswer<OAuthGrant>];
  'OAuthGrant/set': [SetArguments, SetAnswer<OAuthGrant>];
  'Password/change': [
    {
      accountId: Id;
      password: string;
      endSessions?: boolean;
      endGrants?: boolean;
      endAppPasswords?: boolean;
    },
    { endedSessions: number; endedGrants: number; endedAppPasswords: number },
  ];
  'Totp/get': [GetArguments, GetAnswer<Totp>];
  'Totp/set': [SetArguments, SetAnswer<Totp>];
  'Passkey/get': [GetArguments, GetAnswer<Passkey>];
  'Passkey/set': [SetArguments, SetAnswer<Passkey>];
  'Passkey/options': [{ accountId: Id }, { publicKey: Record<string, unknown> }];
  'RecoveryCodes/renew': [{ accountId: Id }, { codes: string[] }];
  'Snooze/get': [GetArguments, GetAnswer<Snooze>];
  'Snooze/set': [SetArguments, SetAnswer<Snooze>];
  'Setting/get': [GetArguments, GetAnswer<Setting>];
  'Setting/set': [SetArguments, SetAnswer<Setting>];
  'Quota/get': [GetArguments, GetAnswer<Quota>];
  'Recoverable/get': [GetArguments, GetAnswer<Recoverable>];
  'Recoverable/query': [QueryArguments, QueryAnswer];
  'Recoverable/restore': [
    { accountId: Id; ids: Id[]; mailboxId?: Id | null },
    {
      accountId: Id;
      restored: Record<Id, Id> | null;
      notRestored: Record<Id, SetError> | null;
    },
  ];
  'Blob/copy': [
    { fromAccountId: Id; accountId: Id; blobIds: Id[] },
    { copied: Record<Id, Id> | null; notCopied: Record<Id, SetError> | null },
  ];
  'SearchSnippet/get': [
    { accountId: Id; filter: Filter | null; emailIds?: Id[] },
    { accountId: Id; list: SearchSnippet[]; notFound: Id[] | null },
  ];
}

export type Method = keyof Methods;

/** Points into an earlier answer of the same request (RFC 8620 section 3.7). */
export interface ResultReference {
  resultOf: string;
  name: string;
  path: string;
}

type Referring<A> = A & { [K in keyof A & string as `#${K}`]?: ResultReference };
export type ArgumentsOf<M extends Method> = Referring<Methods[M][0]>;
export type AnswerOf<M extends Method> = Methods[M][1];
