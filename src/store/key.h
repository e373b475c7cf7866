/* Keys: byte strings without NUL whose order is the order of what they are made from. */
#ifndef STORE_KEY_H
#define STORE_KEY_H

#include "base/str.h"

/* Made on the stack: struct key k = key_of('p'); key_u32(&k, folder); ... key_str(&k) */
struct key {
    unsigned char n;
    bool overflow;
    char bytes[255];
};

/* family is the first byte: which kind of row. */
struct key key_of(char family);
/* Numbers in groups of seven bits with the top bit set: 5, 7 and 10 bytes, in the order of numbers.
 */
void key_u32(struct key *k, uint32_t v);
void key_u48(struct key *k, uint64_t v);
void key_u64(struct key *k, uint64_t v);
/* Text of any bytes, escaped so that it keeps its order and holds no NUL, then ended by 0x01:
   0x00, 0x01 and 0x02 become 0x02 0x01, 0x02 0x02 and 0x02 0x03. */
void key_text(struct key *k, struct str text);
/* The slice points into k. must() holds that nothing overflowed: check lengths where bytes enter.
 */
struct str key_str(const struct key *k);
/* The first key after all that start with k (for range.to). */
struct key key_after(const struct key *k);

/* Reading back. key as given by a scan, after its family byte. */
struct cur;
bool cur_key_u32(struct cur *c, uint32_t *out);
bool cur_key_u48(struct cur *c, uint64_t *out);
bool cur_key_u64(struct cur *c, uint64_t *out);
/* In the arena when it had to be unescaped. */
bool cur_key_text(struct cur *c, struct arena *a, struct str *out);

#endif
