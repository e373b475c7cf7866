/** Objects of RFC 8620 and RFC 8621, as far as the page uses them. */
export type Id = string;
export type UtcDate = string;

export interface Account {
  name: string;
  isPersonal: boolean;
  isReadOnly: boolean;
  accountCapabilities: Record<string, Record<string, unknown>>;
}

export interface Session {
  username: string;
  capabilities: Record<string, Record<string, unknown>>;
  accounts: Record<Id, Account>;
  primaryAccounts: Record<string, Id>;
  apiUrl: string;
  downloadUrl: string;
  uploadUrl: string;
  eventSourceUrl: string;
  state: string;
}

export interface MailboxRights {
  mayReadItems: boolean;
  mayAddItems: boolean;
  mayRemoveItems: boolean;
  maySetSeen: boolean;
  maySetKeywords: boolean;
  mayCreateChild: boolean;
  mayRename: boolean;
  mayDelete: boolean;
  maySubmit: boolean;
}

export interface Mailbox {
  id: Id;
  name: string;
  parentId: Id | null;
  role: string | null;
  sortOrder: number;
  totalEmails: number;
  unreadEmails: number;
  myRights: MailboxRights;
  isSubscribed: boolean;
}

export interface EmailAddress {
  name: string | null;
  email: string;
}

export interface EmailHeader {
  name: string;
  value: string;
}

export interface EmailBodyPart {
  partId: string | null;
  blobId: Id | null;
  size: number;
  name: string | null;
  type: string;
  charset: string | null;
  disposition: string | null;
  cid: string | null;
  subParts?: EmailBodyPart[] | null;
}

export interface EmailBodyValue {
  value: string;
  isEncodingProblem: boolean;
  isTruncated: boolean;
}

/** What a row of a list shows. */
export interface Email {
  id: Id;
  threadId: Id;
  mailboxIds: Record<Id, boolean>;
  keywords: Record<string, boolean>;
  from: EmailAddress[] | null;
  to: EmailAddress[] | null;
  subject: string | null;
  receivedAt: UtcDate;
  size: number;
  preview: string;
  hasAttachment: boolean;
}

/** What reading a message asks for besides. */
export interface EmailContent {
  id: Id;
  blobId: Id;
  sender: EmailAddress[] | null;
  cc: EmailAddress[] | null;
  bcc: EmailAddress[] | null;
  replyTo: EmailAddress[] | null;
  sentAt: string | null;
  messageId: string[] | null;
  references: string[] | null;
  headers: EmailHeader[];
  textBody: EmailBodyPart[];
  htmlBody: EmailBodyPart[];
  attachments: EmailBodyPart[];
  bodyValues: Record<string, EmailBodyValue>;
}

export interface Thread {
  id: Id;
  emailIds: Id[];
}

export interface SearchSnippet {
  emailId: Id;
  subject: string | null;
  preview: string | null;
}

export interface FilterCondition {
  inMailbox?: Id;
  inMailboxOtherThan?: Id[];
  before?: UtcDate;
  after?: UtcDate;
  minSize?: number;
  maxSize?: number;
  hasKeyword?: string;
  notKeyword?: string;
  hasAttachment?: boolean;
  text?: string;
  from?: string;
  to?: string;
  cc?: string;
  bcc?: string;
  subject?: string;
  body?: string;
}

export interface FilterOperator {
  operator: 'AND' | 'OR' | 'NOT';
  conditions: Filter[];
}

export type Filter = FilterCondition | FilterOperator;

export interface Comparator {
  property: string;
  isAscending?: boolean;
  keyword?: string;
}

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

export interface VacationResponse {
  id: Id;
  isEnabled: boolean;
  fromDate: UtcDate | null;
  toDate: UtcDate | null;
  subject: string | null;
  textBody: string | null;
  htmlBody: string | null;
}

/** RFC 9661. */
export interface SieveScript {
  id: Id;
  name: string;
  blobId: Id;
  isActive: boolean;
}

/** docs/JMAP_MORE.md, "Snoozed emails". */
export interface Snooze {
  id: Id;
  emailId: Id;
  until: UtcDate;
  moveToMailboxId: Id | null;
}

/** "Deleted emails". */
export interface Recoverable {
  id: Id;
  removedAt: UtcDate;
  /** null: it is on hold. */
  recoverableUntil: UtcDate | null;
  mailboxId: Id | null;
  receivedAt: UtcDate;
  size: number;
  from: EmailAddress[] | null;
  subject: string | null;
  preview: string;
}

/** "Settings". */
export interface Setting {
  id: Id;
  key: string;
  value: unknown;
}

/** RFC 9425. */
export interface Quota {
  id: Id;
  resourceType: 'octets' | 'count';
  used: number;
  hardLimit: number;
  warnLimit: number | null;
  scope: string;
  name: string;
}

/** docs/SIGNIN.md, "By JMAP". */
export interface SignInSession {
  id: Id;
  isCurrent: boolean;
  how: string;
  address: string;
  program: string;
  createdAt: UtcDate;
  usedAt: UtcDate | null;
  expiresAt: UtcDate;
}

export interface OAuthGrant {
  id: Id;
  clientId: string;
  /** What the program calls itself. */
  name: string;
  registeredItself: boolean;
  scopes: string[];
  createdAt: UtcDate;
  usedAt: UtcDate | null;
  expiresAt: UtcDate | null;
  sessionId: Id | null;
}

export interface AppPassword {
  id: Id;
  name: string;
  scopes: string[];
  createdAt: UtcDate;
  usedAt: UtcDate | null;
  /** Only when it was made. */
  password?: string;
}

export interface Totp {
  id: Id;
  name: string;
  isOn: boolean;
  createdAt: UtcDate;
  usedAt: UtcDate | null;
  /** Only when it was made. */
  secret?: string;
  uri?: string;
}

export interface Passkey {
  id: Id;
  name: string;
  createdAt: UtcDate;
  usedAt: UtcDate | null;
}
