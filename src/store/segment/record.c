#include "store/segment/record.h"
#include "base/buf.h"
#include "base/cur.h"
#include "base/le.h"

enum { LAYOUT_1 = 1, SUMMED = 16 /* bytes of the head that are in the sum */, LANES = 4, WORD = 8 };

static const struct str MAGIC = {"PRSG", 4};
/* Odd, without structure; any would do. */
static const uint64_t STIR = UINT64_C(0xd6e8feb86659fd93);

static uint64_t stir(uint64_t sum, uint64_t word)
{
    sum = (sum ^ word) * STIR;
    return sum ^ sum >> 32;
}

/* Guards against a bad disk, not against an enemy: four sums side by side, as a processor has room
   for them. */
static uint64_t sum_of(uint64_t sum, struct str s)
{
    uint64_t lanes[LANES] = {sum, sum + 1, sum + 2, sum + 3};
    size_t at = 0;
    for (; at + sizeof(uint64_t) * LANES <= s.n; at += sizeof(uint64_t) * LANES)
        for (size_t i = 0; i < LANES; i++)
            lanes[i] = stir(lanes[i], le64_at(s, at + i * WORD));
    for (; at + WORD <= s.n; at += WORD)
        lanes[0] = stir(lanes[0], le64_at(s, at));
    uint64_t tail = s.n;
    for (; at < s.n; at++)
        tail = tail << 8 | (unsigned char)s.p[at];
    lanes[0] = stir(lanes[0], tail);
    for (size_t i = 1; i < LANES; i++)
        lanes[0] = stir(lanes[0], lanes[i]);
    return lanes[0];
}

void record_head(struct str key, struct str value, char out[static RECORD_HEAD_BYTES])
{
    must(key.n <= RECORD_KEY_MAX && value.n <= RECORD_VALUE_MAX);
    struct buf b = {.p = out, .cap = RECORD_HEAD_BYTES, .max = RECORD_HEAD_BYTES};
    buf_add(&b, MAGIC);
    buf_le8(&b, LAYOUT_1);
    buf_le8(&b, (uint8_t)key.n);
    buf_le16(&b, 0);
    buf_le64(&b, value.n);
    buf_le64(&b, sum_of(sum_of(sum_of(0, buf_str(&b)), key), value));
    must(!b.overflow);
}

static bool head_read(struct cur *c, uint8_t *key_n, uint64_t *value_n, uint64_t *sum)
{
    uint8_t layout;
    uint16_t zero;
    return cur_text(c, MAGIC) && cur_le8(c, &layout) && layout == LAYOUT_1 && cur_le8(c, key_n) &&
           cur_le16(c, &zero) && zero == 0 && cur_le64(c, value_n) &&
           *value_n <= RECORD_VALUE_MAX && cur_le64(c, sum);
}

uint32_t record_bytes(struct str head)
{
    struct cur c = cur_of(head);
    uint8_t key_n;
    uint64_t value_n, sum;
    if (!head_read(&c, &key_n, &value_n, &sum))
        return 0;
    return RECORD_HEAD_BYTES + key_n + (uint32_t)value_n;
}

bool record_read(struct str record, struct str *key, struct str *value)
{
    struct cur c = cur_of(record);
    uint8_t key_n;
    uint64_t value_n, sum;
    struct str k;
    if (!head_read(&c, &key_n, &value_n, &sum) || !cur_bytes(&c, key_n, &k) || c.rest.n != value_n)
        return false;
    if (sum != sum_of(sum_of(sum_of(0, str_sub(record, 0, SUMMED)), k), c.rest))
        return false;
    *key = k;
    *value = c.rest;
    return true;
}
