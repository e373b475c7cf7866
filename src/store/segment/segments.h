/* Append-only files for values that are too large to be written twice (docs/STORE.md). An engine
   keeps where each lies, and the facts of each file, in rows of its own. Reading is for all threads
   at once; what else has an engine's write lock is for one thread at a time. */
#ifndef STORE_SEGMENTS_H
#define STORE_SEGMENTS_H

#include "base/err.h"
#include "base/str.h"

struct segments;

/* Where a record lies. */
struct place {
    uint32_t segment;
    uint32_t bytes;
    uint64_t offset;
};

/* To be kept in the same write as the rows that name its records. */
struct segment_facts {
    uint32_t number;
    uint64_t end;  /* all records before it are whole; what is behind, nobody was told of */
    uint64_t live; /* bytes of records that rows name, about */
};

/* The files in dir, which is made if missing. Knows none yet. E_IO. */
MUST_USE enum code segments_open(struct ctx *cx, const char *dir, struct segments **out);
void segments_close(struct segments *s);
/* Tells of one that rows know. In the order of numbers, before all that follows. */
void segments_know(struct segments *s, struct segment_facts facts);
/* Removes files that no row knows: a crash left them. E_IO. */
MUST_USE enum code segments_tidy(struct ctx *cx, struct segments *s);

/* Under the write lock. Says where the record will be; key and value outlive segments_flush.
   E_IO when a new file cannot be made. */
MUST_USE enum code segments_add(struct ctx *cx, struct segments *s, struct str key,
                                struct str value, struct place *out);
/* Under the write lock. All that was added is on the disk when it returns OK; no row may name it
   before. After E_IO nothing of it counts, and no more is appended to that file. */
MUST_USE enum code segments_flush(struct ctx *cx, struct segments *s);
/* Under the write lock. The row that named this record goes. Only what is worth copying depends on
   it, so it need not be exact. */
void segments_drop(struct segments *s, struct place place);
/* Under the write lock. The next one whose facts changed since this was last asked for it. */
bool segments_next_changed(struct segments *s, struct segment_facts *out);
/* Under the write lock. The first above number that is worth copying and for whose copy there is
   room; nothing more is appended to it. */
bool segments_next_victim(struct segments *s, uint32_t number, struct segment_facts *out);
/* Under the write lock. Its name goes; who reads it may go on. */
void segments_remove(struct segments *s, uint32_t number);

/* The record's key and value, valid until segments_unpin(pin). E_NOT_FOUND without such a segment;
   E_CORRUPT when its bytes are not what was written. */
MUST_USE enum code segments_read(struct ctx *cx, struct segments *s, struct place place,
                                 struct str *key, struct str *value, void **pin);
void segments_unpin(void *pin);
/* The place of the record at an offset. E_NOT_FOUND, E_CORRUPT. */
MUST_USE enum code segments_at(struct ctx *cx, struct segments *s, uint32_t number, uint64_t offset,
                               struct place *out);

/* Links all into dir, which is made; the next record starts a new file. None may be removed
   meanwhile. E_IO. */
MUST_USE enum code segments_link(struct ctx *cx, struct segments *s, const char *dir);
/* Of all files, roughly. */
uint64_t segments_bytes(struct segments *s);

#endif
