#include "format/base64.h"
#include "proto/http/ws/session.h"
#include <openssl/sha.h>

struct str ws_key_answer(struct arena *a, struct str key)
{
    const struct str parts[] = {key, STR("258EAFA5-E914-47DA-95CA-C5AB0DC85B11")};
    struct str both = str_join(a, parts, 2);
    unsigned char hash[SHA_DIGEST_LENGTH];
    SHA1((const unsigned char *)both.p, both.n, hash);
    return base64_encode(a, str_of(hash, sizeof hash));
}
