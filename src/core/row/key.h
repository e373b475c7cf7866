/* The keys of an account's partition (docs/STORE.md). Internal to core. */
#ifndef CORE_ROW_KEY_H
#define CORE_ROW_KEY_H

#include "core/core.h"
#include "store/key.h"

/* The first byte of each key: which kind of row. */
enum row_family {
    ROW_ROLES = 'A',
    ROW_NAMED_BY_NUMBER = 'N',
    ROW_SUMMARY_MORE = 'S',
    ROW_ACCOUNT = 'a',
    ROW_BAG = 'b',
    ROW_CHANGE = 'c',
    ROW_DELIVERY = 'd',
    ROW_SCRIPT = 'e',
    ROW_FOLDER = 'f',
    ROW_GRANT = 'g',
    ROW_REMEMBERED = 'h', /* what scripts remember of messages */
    ROW_ITEM = 'i',
    ROW_URL_KEY = 'k',
    ROW_UPLOAD = 'l', /* files that were handed in and wait to be used */
    ROW_ANNOTATION = 'm',
    ROW_NAMED = 'n',
    ROW_OBJECT = 'o', /* small things that clients keep (core/object/object.h) */
    ROW_PLACE = 'p',  /* a folder's counts, then the placements of its items */
    ROW_READER = 'r',
    ROW_SUMMARY = 's',
    ROW_THREAD = 't', /* by the hash of a message id and a base subject */
    ROW_SUBSCRIPTION = 'u',
    ROW_SEAL = 'v', /* a large folder's view as it was at a number */
    ROW_SOURCE = 'x',
    ROW_EVENT = 'y', /* events of calendars by their UID */
};

/* Keys: of a family (also where its range starts), then what the name says. */
struct key row_key(enum row_family family);
struct key folder_key(enum row_family family, folder_id folder);
struct key uid_key(enum row_family family, folder_id folder, uint32_t uid);
struct key item_key(item_id id);
struct key change_key(uint64_t modseq);
/* Source keys: the server's own by their counter, foreign ones by their bytes. */
struct key source_own_key(uint64_t counter);
struct key source_foreign_key(struct str source_key);
/* Reading back; false when it is no such key.
   The uid at the end of a uid_key's bytes; false when it has none (a folder's counts). */
bool uid_of_key(struct str key, uint32_t *out);
/* Of an item_key. */
bool id_of_key(struct str key, item_id *out);
/* Of a change_key. */
bool modseq_of_key(struct str key, uint64_t *out);

#endif
