/* What searching, sorting and threading ask of many messages, column by column in memory: built on
   first use, shared by all sessions, kept while there is room. A column holds one thing of the
   messages of one run of uids; it never changes, and a message never changes, so a new one is made
   only when messages come. docs/STORE.md tells the shape. */
#ifndef CORE_COLUMNS_H
#define CORE_COLUMNS_H

#include "core/view.h"

struct column; /* counted */

enum {
    COLUMN_UIDS = 1024,       /* uids in a run */
    COLUMN_TEXT_MAX = 4096,   /* bytes of one text; longer ones are COLUMN_LONG */
    COLUMN_GONE = UINT16_MAX, /* row of a message that is not there any more */
    COLUMNS_BYTES = 96 * 1024 * 1024,
};

enum column_kind {
    COLUMN_FACTS,
    COLUMN_FROM, /* texts as utf8_search makes them: "name <local@domain>", LF between */
    COLUMN_SENDER,
    COLUMN_REPLY_TO,
    COLUMN_TO,
    COLUMN_CC,
    COLUMN_BCC,
    COLUMN_SUBJECT,
    COLUMN_BASE_SUBJECT, /* keys for sorting, as utf8_casemap makes them (RFC 5256 section 2.1) */
    COLUMN_THREAD,
    COLUMN_KEY_FROM, /* mailbox of the first address (RFC 5256 section 3) */
    COLUMN_KEY_TO,
    COLUMN_KEY_CC,
    COLUMN_DISPLAY_FROM, /* its name, else the address (RFC 5957) */
    COLUMN_DISPLAY_TO,
    COLUMN_KINDS
};

struct column_facts {
    int64_t received_ms, saved_ms;
    int64_t sent_ms;  /* the Date field, else received_ms: RFC 5256's sent date */
    int64_t sent_day; /* midnight UTC of the day that the Date field shows; INT64_MIN without one */
    uint64_t size;
    uint64_t thread; /* objectid/thread.h */
    uint32_t flags;  /* enum summary_flags */
};

/* The places first to end - 1 of a view: those whose uids lie in one run. */
struct column_span {
    uint32_t first, end;
    uint32_t uid; /* the run's first */
};
/* The span that holds a place of v. */
struct column_span column_span(const struct view *v, uint32_t place);

/* The column with all messages of the span, as far as they still are there. */
MUST_USE enum code column_get(struct ctx *cx, struct core *c, const struct view *v,
                              const struct column_span *span, enum column_kind kind,
                              struct column **out);
void column_unref(struct column *k);
AUTO_OF(struct column *, column_unref)

/* Where the messages of the span stand in a column: rows[place - span->first], or COLUMN_GONE. */
void column_rows(const struct column *k, const struct view *v, const struct column_span *span,
                 uint16_t rows[static COLUMN_UIDS]);
/* Rows of a column. */
uint32_t column_count(const struct column *k);

/* Of COLUMN_FACTS; and the same of one message that was read. E_CORRUPT. */
const struct column_facts *column_facts(const struct column *k, uint16_t row);
MUST_USE enum code column_facts_of(struct ctx *cx, const struct item_row *row,
                                   struct column_facts *out);

/* Of texts and keys. */
enum column_match { COLUMN_NO, COLUMN_YES, COLUMN_LONG };
/* By row: whether its text contains the needle (as utf8_search makes it; not empty). LONG: too long
   to be kept, so ask the message's summary. The text of a run is looked through in one go. */
void column_match(const struct column *k, struct str needle, uint8_t match[static COLUMN_UIDS]);
/* By row: whether it has text at all. */
void column_filled(const struct column *k, uint8_t match[static COLUMN_UIDS]);
/* The text itself; of a long key its start, of other long texts nothing. */
struct str column_text(const struct column *k, uint16_t row);

/* Of COLUMN_THREAD: thread_key()s. own: of Message-ID, 0 without. refs: References, oldest first,
   or the first id of In-Reply-To (RFC 5256 section 3). */
struct column_links {
    uint64_t own;
    const uint64_t *refs;
    uint32_t count;
};
struct column_links column_links(const struct column *k, uint16_t row);

/* Bytes held now. */
size_t columns_bytes(const struct core *c);

#endif
