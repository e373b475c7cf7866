#include "service/sasl/scram_client.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "core/credential/kdf.h"
#include "format/base64.h"

static struct str gs2_of(const struct scram_client *x)
{
    static const struct str headers[] = {
        [SCRAM_BINDS_NOT] = {"n,,", 3},
        [SCRAM_COULD_BIND] = {"y,,", 3},
        [SCRAM_BINDS] = {"p=tls-exporter,,", 16},
    };
    return headers[x->binding];
}

/* RFC 5802 section 5.1: "," and "=" of a name are written otherwise. */
static struct str first_bare(struct ctx *cx, const struct scram_client *x, struct str user)
{
    struct buf b = buf_of(cx->arena, user.n * 3 + sizeof x->nonce + 8);
    buf_add(&b, STR("n="));
    for (size_t i = 0; i < user.n; i++) {
        if (user.p[i] == ',')
            buf_add(&b, STR("=2C"));
        else if (user.p[i] == '=')
            buf_add(&b, STR("=3D"));
        else
            buf_byte(&b, user.p[i]);
    }
    buf_printf(&b, ",r=%s", x->nonce);
    return buf_str(&b);
}

struct str scram_client_first(struct ctx *cx, const struct scram_client *x, struct str user)
{
    return str_join(cx->arena, (struct str[]){gs2_of(x), first_bare(cx, x, user)}, 2);
}

/* "r=NONCE,s=SALT,i=COUNT", and extensions that we may pass over. */
struct server_first {
    struct str nonce, salt;
    uint32_t iterations;
};

static bool take_value(struct cur *c, struct str name, struct str *out)
{
    if (!cur_text(c, name))
        return false;
    if (!cur_until(c, ',', out)) {
        *out = c->rest;
        c->rest = (struct str){0};
    }
    return out->n != 0;
}

static enum code first_read(struct ctx *cx, const struct scram_client *x, struct str text,
                            struct server_first *out)
{
    struct cur c = cur_of(text);
    struct str salt, count, ours = str_z(x->nonce);
    uint64_t n;
    if (text.n > SCRAM_CLIENT_TEXT_MAX || !take_value(&c, STR("r="), &out->nonce) ||
        !take_value(&c, STR("s="), &salt) || !take_value(&c, STR("i="), &count) ||
        !str_u64(count, &n) || n == 0)
        return fail(cx, E_SYNTAX, "scram: the server's first message");
    if (!str_starts(out->nonce, ours) || out->nonce.n == ours.n)
        return fail(cx, E_SYNTAX, "scram: the server's nonce does not begin with ours");
    if (n > SCRAM_CLIENT_ITERATIONS_MAX)
        return fail(cx, E_LIMIT, "scram: %llu iterations", (unsigned long long)n);
    out->iterations = (uint32_t)n;
    return base64_decode_strict(cx, salt, &out->salt);
}

/* "c=" the header and what binds, "r=" the whole nonce. */
static struct str without_proof(struct ctx *cx, const struct scram_client *x, struct str nonce)
{
    size_t bytes = x->binding == SCRAM_BINDS ? sizeof x->exporter : 0;
    struct str binding =
        str_join(cx->arena, (struct str[]){gs2_of(x), str_of(x->exporter, bytes)}, 2);
    return str_printf(cx->arena, "c=%.*s,r=%.*s", STR_ARG(base64_encode(cx->arena, binding)),
                      STR_ARG(nonce));
}

enum code scram_client_final(struct ctx *cx, struct scram_client *x, struct str user,
                             struct str password, struct str server_first, struct str *out)
{
    struct server_first first;
    struct str prepared;
    unsigned char client[KDF_BYTES], server[KDF_BYTES], stored[KDF_BYTES], proof[KDF_BYTES];
    TRY(first_read(cx, x, server_first, &first));
    TRY(kdf_prepare(cx, password, false, &prepared));
    struct str last = without_proof(cx, x, first.nonce);
    struct str all = str_join(
        cx->arena, (struct str[]){first_bare(cx, x, user), STR(","), server_first, STR(","), last},
        5);
    kdf_scram_client(prepared, first.salt, first.iterations, client, server);
    kdf_sha256(str_of(client, sizeof client), stored);
    kdf_hmac_sha256(str_of(stored, sizeof stored), all, proof);
    for (size_t i = 0; i < sizeof proof; i++)
        proof[i] ^= client[i];
    kdf_hmac_sha256(str_of(server, sizeof server), all, x->signature);
    *out = str_printf(cx->arena, "%.*s,p=%.*s", STR_ARG(last),
                      STR_ARG(base64_encode(cx->arena, str_of(proof, sizeof proof))));
    kdf_wipe(client, sizeof client);
    kdf_wipe(server, sizeof server);
    kdf_wipe(stored, sizeof stored);
    return OK;
}

enum code scram_client_check(struct ctx *cx, const struct scram_client *x, struct str server_final)
{
    struct cur c = cur_of(server_final);
    struct str text, signature;
    if (server_final.n > SCRAM_CLIENT_TEXT_MAX || !take_value(&c, STR("v="), &text) ||
        base64_decode_strict(cx, text, &signature) != OK || signature.n != sizeof x->signature ||
        !kdf_equal(signature.p, x->signature, sizeof x->signature))
        return fail(cx, E_DENIED, "scram: the server does not prove that it knows the password");
    return OK;
}
