/* What the files of a shard are called and how they are laid out. */
#ifndef CORE_SEARCH_SHARD_ROW_H
#define CORE_SEARCH_SHARD_ROW_H

#define SHARD_ROWS "docs"
#define SHARD_TEXTS "texts"
#define SHARD_DEAD "dead"

enum {
    SHARD_ROW = 24,                   /* bytes: item, flags, text_at, text_n */
    SHARD_PIECE = 256 * 1024,         /* bytes of a text that are packed together */
    SHARD_TEXT_MAX = 8 * 1024 * 1024, /* bytes of a text, its places and lengths in it */
};

#endif
