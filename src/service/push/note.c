/* What is said to the push service. */
#include "base/buf.h"
#include "format/hex.h"
#include "format/json.h"
#include "service/push/push.h"
#include <openssl/evp.h>

enum { BODY_MAX = 4096 }; /* the service takes no more; hashes that do not fit are left out */

struct str push_note_hash(struct arena *a, struct str name)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    must(EVP_Digest(name.p ? name.p : "", name.n, digest, &n, EVP_md5(), NULL) == 1);
    return hex_encode(a, str_of(digest, n));
}

struct str push_note_body(struct arena *a, struct str id, const struct str *hashes, size_t count)
{
    struct buf b = buf_of(a, BODY_MAX);
    struct json j = json_to(&b);
    json_object(&j);
    json_key(&j, "aps");
    json_object(&j);
    json_key(&j, "account-id");
    json_str(&j, id);
    json_key(&j, "m");
    json_array(&j);
    for (size_t i = 0; i < count && b.n + PUSH_HASH_BYTES + 16 < BODY_MAX; i++)
        json_str(&j, hashes[i]);
    json_array_end(&j);
    json_object_end(&j);
    json_object_end(&j);
    return buf_str(&b);
}
