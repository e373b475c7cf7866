/* Pictures by their first bytes: what a server says of them counts for nothing. */
#include "service/picture/inner.h"

struct mark {
    size_t at;
    struct str bytes;
};

static const struct {
    struct str type;
    struct mark first, second; /* the second may be empty */
} kinds[] = {
    {STR("image/png"), {0, STR("\x89PNG\r\n\x1a\n")}, {0}},
    {STR("image/jpeg"), {0, STR("\xff\xd8\xff")}, {0}},
    {STR("image/gif"), {0, STR("GIF87a")}, {0}},
    {STR("image/gif"), {0, STR("GIF89a")}, {0}},
    {STR("image/webp"), {0, STR("RIFF")}, {8, STR("WEBPVP8")}},
    {STR("image/avif"), {4, STR("ftypavif")}, {0}},
    {STR("image/avif"), {4, STR("ftypavis")}, {0}},
    {STR("image/bmp"), {0, STR("BM")}, {6, STR("\0\0\0\0")}},
    {STR("image/x-icon"), {0, STR("\0\0\1\0")}, {0}},
};

static bool has(struct str bytes, const struct mark *m)
{
    return str_eq(str_sub(bytes, m->at, m->bytes.n), m->bytes);
}

struct str picture_type(struct str bytes)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (has(bytes, &kinds[i].first) &&
            (!kinds[i].second.bytes.n || has(bytes, &kinds[i].second)))
            return kinds[i].type;
    return (struct str){0};
}
