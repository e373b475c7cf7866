/* Every account as plain files, so that nobody is ever locked in: a directory for each folder, a
   file for each message as it was received, and a line of JSON for each item beside them. */
#ifndef CORE_UPKEEP_EXPORT_H
#define CORE_UPKEEP_EXPORT_H

#include "core/account.h"

struct rope;

/* Where the files go; core does no input or output itself. Paths are relative, with '/' between
   levels; no level is empty, "." or "..", or starts with a dot. */
struct export_sink {
    void *self;
    enum code (*dir)(struct ctx *cx, void *self, struct str path); /* may be there already */
    enum code (*file)(struct ctx *cx, void *self, struct str path, const struct rope *bytes);
    enum code (*append)(struct ctx *cx, void *self, struct str path, struct str line);
};

struct export_report {
    uint64_t folders, items, bytes, missing; /* missing: their blob could not be read */
};

/* Below top/: "account.json" and, for each folder shown, "folders/<path>/" with "<uid>.eml"
   (events: ".ics") and "items.jsonl" (uid, id, times, size, flags, keywords, SHA-256 of the blob);
   and, when there are any, "annotations.jsonl": of the account (0), of folders and items by their
   ids. */
MUST_USE enum code export_account(struct ctx *cx, struct core *c, account_id account,
                                  struct str top, const struct export_sink *sink,
                                  struct export_report *out);

#endif
