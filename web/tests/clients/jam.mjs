// The client library jmap-jam: session, folders, list, reading, files, flags, writing and sending.
// Prints JSON.
import JamClient from 'jmap-jam';
import assert from 'node:assert/strict';

const { SESSION_URL, TOKEN, SUBJECT, TO } = process.env;
const jam = new JamClient({ sessionUrl: SESSION_URL, bearerToken: TOKEN });
const accountId = await jam.getPrimaryAccount();

const [boxes] = await jam.api.Mailbox.get({ accountId });
const inbox = boxes.list.find((box) => box.role === 'inbox');
assert.ok(inbox, 'an inbox');

const [{ emails }] = await jam.requestMany((r) => {
  const found = r.Email.query({
    accountId,
    filter: { inMailbox: inbox.id, text: SUBJECT },
    sort: [{ property: 'receivedAt', isAscending: false }],
  });
  const emails = r.Email.get({
    accountId,
    ids: found.$ref('/ids'),
    properties: ['id', 'subject', 'textBody', 'bodyValues', 'blobId', 'threadId'],
    fetchTextBodyValues: true,
  });
  return { found, emails };
});
const [email] = emails.list;
assert.equal(email.subject, SUBJECT);
const text = email.bodyValues[email.textBody[0].partId].value;

const [threads] = await jam.api.Thread.get({ accountId, ids: [email.threadId] });
assert.deepEqual(threads.list[0].emailIds, [email.id]);

const whole = await jam.downloadBlob({
  accountId,
  blobId: email.blobId,
  mimeType: 'message/rfc822',
  fileName: 'a.eml',
});
assert.match(await whole.text(), new RegExp(`Subject: ${SUBJECT}`));

const file = await jam.uploadBlob(accountId, new Blob(['hello'], { type: 'text/plain' }));
assert.equal(file.size, 5);
const again = await jam.downloadBlob({
  accountId,
  blobId: file.blobId,
  mimeType: 'text/plain',
  fileName: 'hello.txt',
});
assert.equal(await again.text(), 'hello');

await jam.api.Email.set({ accountId, update: { [email.id]: { 'keywords/$flagged': true } } });
const [flagged] = await jam.api.Email.query({ accountId, filter: { hasKeyword: '$flagged' } });
assert.deepEqual(flagged.ids, [email.id]);
const [identities] = await jam.api.Identity.get({ accountId });
const identity = identities.list[0];

const inPlaceOf = (role) => boxes.list.find((box) => box.role === role).id;
const [drafts, sent] = [inPlaceOf('drafts'), inPlaceOf('sent')];
const [made] = await jam.api.Email.set({
  accountId,
  create: {
    d: {
      mailboxIds: { [drafts]: true },
      keywords: { $draft: true },
      from: [{ email: identity.email }],
      to: [{ email: TO }],
      subject: 'written in jam',
      bodyValues: { 1: { value: 'Attached.' } },
      textBody: [{ partId: '1', type: 'text/plain' }],
      attachments: [{ blobId: file.blobId, type: 'text/plain', name: 'hello.txt' }],
    },
  },
});
const since = made.newState;
const [submitted] = await jam.api.EmailSubmission.set({
  accountId,
  create: { s: { identityId: identity.id, emailId: made.created.d.id } },
  onSuccessUpdateEmail: {
    '#s': {
      [`mailboxIds/${drafts}`]: null,
      [`mailboxIds/${sent}`]: true,
      'keywords/$draft': null,
    },
  },
});
const [submission] = await jam.api.EmailSubmission.get({
  accountId,
  ids: [submitted.created.s.id],
});
const [changes] = await jam.api.Email.changes({ accountId, sinceState: since });
assert.deepEqual(changes.updated, [made.created.d.id], JSON.stringify([since, submitted, changes]));
const [kept] = await jam.api.Email.get({
  accountId,
  ids: changes.updated,
  properties: ['mailboxIds', 'keywords'],
});
assert.deepEqual(kept.list[0].mailboxIds, { [sent]: true });
assert.ok(!('$draft' in kept.list[0].keywords));
console.log(
  JSON.stringify({
    text,
    identity: identity.email,
    delivered: submission.list[0].deliveryStatus[TO].delivered,
  }),
);
