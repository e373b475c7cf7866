/* Property bags: typed values that clients keep with accounts, folders, items, recipients and
   attachments. Whatever a client stored comes back, byte by byte. */
#ifndef CORE_PROPERTY_H
#define CORE_PROPERTY_H

#include "core/item.h"

/* The low half of a tag says the type, the high half which property (MS-OXCDATA 2.11.1). */
enum property_type {
    PROPERTY_I2 = 0x0002,
    PROPERTY_I4 = 0x0003,
    PROPERTY_FLOAT = 0x0004,
    PROPERTY_DOUBLE = 0x0005,
    PROPERTY_CURRENCY = 0x0006,
    PROPERTY_APPTIME = 0x0007,
    PROPERTY_ERROR = 0x000a,
    PROPERTY_BOOL = 0x000b,
    PROPERTY_OBJECT = 0x000d, /* embedded item: its id (property_embed); else opaque */
    PROPERTY_I8 = 0x0014,
    PROPERTY_STRING8 = 0x001e, /* kept as UTF-8 */
    PROPERTY_UNICODE = 0x001f, /* kept as UTF-8 */
    PROPERTY_SYSTIME = 0x0040, /* 100 ns since 1601 */
    PROPERTY_CLSID = 0x0048,
    PROPERTY_SVREID = 0x00fb,
    PROPERTY_RESTRICTION = 0x00fd,
    PROPERTY_ACTIONS = 0x00fe,
    PROPERTY_BINARY = 0x0102,
    PROPERTY_MANY = 0x1000, /* with another: many values, each a 32-bit length and its bytes */
};

enum {
    PROPERTY_INLINE_MAX = 8 * 1024, /* bytes; larger values are blobs */
    PROPERTY_BAG_MAX = 4000,        /* properties of one bag */
    PROPERTY_NAME_MAX = 200,        /* bytes of a named property's name */
    PROPERTY_ROWS_MAX = 10000,      /* recipients or attachments of one item */
    PROPERTY_EMBED_MAX = 20,        /* items in items */
    PROPERTY_NAMED_FIRST = 0x8000,
    PROPERTY_NAMED_LAST = 0xfffe,
};

/* Tags of the server's own, of those that no client sends (MS-OXPROPS: non-transmittable). */
enum { PROPERTY_SMIME = 0x67f00000 | PROPERTY_BINARY /* service/smime/smime.h */ };

enum property_class { PROPERTY_OF_ACCOUNT = 1, PROPERTY_OF_FOLDER, PROPERTY_OF_ITEM };
enum property_part { PART_SELF = 0, PART_RECIPIENT, PART_ATTACHMENT };

/* Whose bag. Recipients and attachments belong to an item and have a number that stays. */
struct property_owner {
    enum property_class class;
    uint64_t id; /* 0 for the account, folder_id or item_id */
    enum property_part part;
    uint32_t row;
};

/* A value: numbers little-endian in their size, BOOL one byte, text without its NUL. */
struct property {
    uint32_t tag;
    bool is_blob;
    struct str value; /* when it is no blob */
    struct blob_id blob;
    uint64_t size; /* bytes of the value */
};

struct property_change {
    uint32_t tag;
    bool remove;
    struct str value;            /* at most PROPERTY_INLINE_MAX, or */
    const struct blob_new *blob; /* the value, prepared */
};

/* All of one bag, by tag, in cx->arena. No bag is none. */
MUST_USE enum code property_list(struct ctx *cx, struct core *c, account_id account,
                                 const struct property_owner *owner, struct property **out,
                                 size_t *count);
/* Inside account_update. The owner gets a new change number. E_NOT_FOUND: no such owner; E_SYNTAX:
   a value does not fit its type; E_LIMIT. */
MUST_USE enum code property_set(struct ctx *cx, struct account_txn *t,
                                const struct property_owner *owner,
                                const struct property_change *changes, size_t count);

/* The same for what the server notes for itself about an item: no number is given out, so that
   nobody is told of it. */
MUST_USE enum code property_note(struct ctx *cx, struct account_txn *t, item_id item,
                                 const struct property_change *change);

/* Recipients and attachments. Numbers rise and are never given again. */
MUST_USE enum code property_row_add(struct ctx *cx, struct account_txn *t, item_id item,
                                    enum property_part part, uint32_t *row);
MUST_USE enum code property_row_remove(struct ctx *cx, struct account_txn *t, item_id item,
                                       enum property_part part, uint32_t row);
struct property_numbers {
    uint32_t *at; /* rising; in cx->arena */
    size_t count;
};
MUST_USE enum code property_rows(struct ctx *cx, struct core *c, account_id account, item_id item,
                                 enum property_part part, struct property_numbers *out);
/* An item inside an attachment, with bags of its own; it ends with what holds it. E_EXISTS. */
MUST_USE enum code property_embed(struct ctx *cx, struct account_txn *t, item_id item,
                                  uint32_t attachment, item_id *out);

/* Names of named properties. */
struct property_name {
    unsigned char guid[16];
    bool by_text;
    uint32_t number;
    struct str text; /* compared without ASCII case, kept as first seen */
};
/* Its number in this account, from PROPERTY_NAMED_FIRST on; given out on first use, never reused.
   E_LIMIT when there is none left; E_SYNTAX. */
MUST_USE enum code property_name_number(struct ctx *cx, struct account_txn *t,
                                        const struct property_name *name, uint16_t *out);
MUST_USE enum code property_name_find(struct ctx *cx, struct core *c, account_id account,
                                      const struct property_name *name, uint16_t *out);
MUST_USE enum code property_name_of(struct ctx *cx, struct core *c, account_id account,
                                    uint16_t number, struct property_name *out);

#endif
