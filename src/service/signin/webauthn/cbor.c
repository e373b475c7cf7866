#include "service/signin/webauthn/cbor.h"

enum major { UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE };

struct head {
    unsigned major;
    uint64_t value;
};

/* RFC 8949 section 3; 28 to 31 are reserved or of no definite length. */
static bool head_take(struct cur *c, struct head *out)
{
    struct cur at = *c;
    struct str more;
    char first;
    if (!cur_byte(&at, &first))
        return false;
    unsigned info = (unsigned char)first & 31;
    out->major = (unsigned char)first >> 5;
    out->value = info;
    if (info >= 24) {
        if (info > 27 || !cur_bytes(&at, (size_t)1 << (info - 24), &more))
            return false;
        out->value = 0;
        for (size_t i = 0; i < more.n; i++)
            out->value = out->value << 8 | (unsigned char)more.p[i];
    }
    *c = at;
    return true;
}

bool cbor_int(struct cur *c, int64_t *out)
{
    struct cur at = *c;
    struct head h;
    if (!head_take(&at, &h) || h.major > NEGATIVE || h.value > INT64_MAX)
        return false;
    *out = h.major == UNSIGNED ? (int64_t)h.value : -1 - (int64_t)h.value;
    *c = at;
    return true;
}

static bool string(struct cur *c, unsigned major, struct str *out)
{
    struct cur at = *c;
    struct head h;
    if (!head_take(&at, &h) || h.major != major || h.value > at.rest.n ||
        !cur_bytes(&at, (size_t)h.value, out))
        return false;
    *c = at;
    return true;
}

bool cbor_bytes(struct cur *c, struct str *out)
{
    return string(c, BYTES, out);
}

bool cbor_text(struct cur *c, struct str *out)
{
    return string(c, TEXT, out);
}

bool cbor_map(struct cur *c, size_t *pairs)
{
    struct cur at = *c;
    struct head h;
    if (!head_take(&at, &h) || h.major != MAP || h.value > CBOR_ITEMS_MAX)
        return false;
    *pairs = (size_t)h.value;
    *c = at;
    return true;
}

/* How many items follow a head, as parts of it; false: it cannot be skipped. */
static bool parts_of(struct cur *c, const struct head *h, uint64_t *parts)
{
    struct str skipped;
    *parts = 0;
    switch ((enum major)h->major) {
    case UNSIGNED:
    case NEGATIVE:
        return true;
    case BYTES:
    case TEXT:
        return h->value <= c->rest.n && cur_bytes(c, (size_t)h->value, &skipped);
    case ARRAY:
        *parts = h->value;
        return h->value <= CBOR_ITEMS_MAX;
    case MAP:
        *parts = 2 * h->value;
        return h->value <= CBOR_ITEMS_MAX;
    case SIMPLE:
        return h->value >= 20 && h->value <= 23; /* false, true, null, undefined */
    case TAG:
        return false;
    }
    return false;
}

bool cbor_any(struct cur *c, struct str *out)
{
    struct cur at = *c;
    uint64_t left[CBOR_DEPTH_MAX + 1] = {1}; /* items that are still to come, by depth */
    size_t depth = 0, items = 0;
    for (;;) {
        struct head h;
        uint64_t parts;
        while (depth && !left[depth])
            depth--;
        if (!left[depth])
            break;
        left[depth]--;
        if (++items > CBOR_ITEMS_MAX || !head_take(&at, &h) || !parts_of(&at, &h, &parts) ||
            (parts && depth == CBOR_DEPTH_MAX))
            return false;
        if (parts)
            left[++depth] = parts;
    }
    *out = str_sub(c->rest, 0, c->rest.n - at.rest.n);
    *c = at;
    return true;
}
