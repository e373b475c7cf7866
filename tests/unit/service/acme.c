/* The parts of ACME by themselves: signatures, certificates, what servers say, small files. */
#include "../unit.h"

#include "format/base64.h"
#include "format/json.h"
#include "service/acme/files.h"
#include "service/acme/json.h"
#include "service/acme/jws.h"
#include "service/acme/order.h"
#include "service/acme/tokens.h"
#include <sys/stat.h>
#include <unistd.h>

/* The key of RFC 7515 appendix A.3. */
static const char key_pem[] = "-----BEGIN PRIVATE KEY-----\n"
                              "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff\n"
                              "H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp\n"
                              "7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt\n"
                              "-----END PRIVATE KEY-----\n";

static struct acme_key *known_key(struct ctx *cx)
{
    struct acme_key *k = NULL;
    assert_int_equal(acme_key_read(cx, str_z(key_pem), &k), OK);
    return k;
}

static void keys_are_named_as_jose_does(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct acme_key *k AUTO(acme_key_close) = known_key(&cx), *none = NULL;
    (void)state;
    assert_str(acme_jwk(a, k), STR("{\"crv\":\"P-256\",\"kty\":\"EC\","
                                   "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
                                   "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}"));
    assert_str(acme_thumbprint(a, k), STR("oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"));
    assert_int_equal(acme_key_read(&cx, STR("no PEM"), &none), E_SYNTAX);
    assert_null(none);
    struct str pem = acme_key_pem(a, k);
    struct acme_key *again AUTO(acme_key_close) = NULL;
    assert_int_equal(acme_key_read(&cx, pem, &again), OK);
    assert_str(acme_jwk(a, again), acme_jwk(a, k));
}

static struct str part(struct ctx *cx, struct str jws, const char *name)
{
    return base64_decode(cx->arena, acme_read_text(cx, jws, name), 10000);
}

static void requests_are_signed(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct acme_key *k AUTO(acme_key_close) = known_key(&cx);
    struct str url = STR("https://a.example/order"), nonce = STR("n-1"), kid = STR("https://a/1");
    (void)state;
    struct str jws = acme_jws(a, k, kid, nonce, url, STR("{}"));
    struct str header = part(&cx, jws, "protected");
    assert_str(header, STR("{\"alg\":\"ES256\",\"kid\":\"https://a/1\",\"nonce\":\"n-1\","
                           "\"url\":\"https://a.example/order\"}"));
    assert_str(part(&cx, jws, "payload"), STR("{}"));
    assert_int_equal(part(&cx, jws, "signature").n, 64);
    jws = acme_jws(a, k, (struct str){0}, nonce, url, (struct str){0});
    header = part(&cx, jws, "protected");
    assert_true(str_find(header, STR("\"jwk\":{\"crv\"")) != SIZE_MAX);
    assert_int_equal(acme_read_text(&cx, jws, "payload").n, 0);
    assert_true(str_find(jws, STR("\"payload\":\"\"")) != SIZE_MAX);
    assert_true(str_find(jws, STR("=")) == SIZE_MAX);
}

/* RFC 9773 section 4.1. */
static void a_certificate_is_named_for_its_renewal(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    static const char authority[] = "\x69\x88\x5b\x6b\x87\x46\x40\x41\xe1\xb3\x7b\x84\x7b\xa0\xae"
                                    "\x2c\xde\x01\xc8\xd4";
    struct acme_facts f = {.authority = str_of(authority, 20),
                           .serial = STR("\x00\x87\x65\x43\x21")};
    (void)state;
    assert_str(acme_renewal_id(a, &f), STR("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"));
    f.authority.n = 0;
    assert_int_equal(acme_renewal_id(a, &f).n, 0);
}

static void a_self_signed_certificate_fits_its_key(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    const struct str names[] = {STR("a.example"), STR("b.example")}, other = STR("c.example");
    struct acme_key *k AUTO(acme_key_close) = NULL, *wrong AUTO(acme_key_close) = acme_key_make();
    struct acme_facts f;
    (void)state;
    struct str pem = acme_self_signed(a, names, 2, NULL);
    assert_int_equal(acme_key_read(&cx, pem, &k), OK);
    assert_int_equal(acme_chain_fits(&cx, pem, k, names, 2), OK);
    assert_int_equal(acme_chain_fits(&cx, pem, k, &other, 1), E_CONFLICT);
    assert_int_equal(acme_chain_fits(&cx, pem, wrong, names, 2), E_CONFLICT);
    assert_int_equal(acme_chain_fits(&cx, STR("no PEM"), k, names, 2), E_SYNTAX);
    assert_int_equal(acme_facts_read(&cx, pem, &f), OK);
    assert_int_equal(f.not_after_ms - f.not_before_ms, (7 * 24 + 1) * 3600 * INT64_C(1000));
}

static void what_servers_say_is_bounded(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct acme_directory d;
    struct acme_order *o = ARENA_NEW(a, struct acme_order);
    struct acme_authorization *z = ARENA_NEW(a, struct acme_authorization);
    (void)state;
    assert_int_equal(acme_read_directory(&cx, STR("[]"), &d), E_SYNTAX);
    assert_int_equal(acme_read_directory(&cx, STR("{\"newNonce\":\"a\"}"), &d), E_SYNTAX);
    assert_int_equal(acme_read_order(&cx, STR("{\"authorizations\":[1]}"), o), E_SYNTAX);
    struct buf b = buf_of(a, 100000);
    buf_add(&b, STR("{\"status\":\"ready\",\"authorizations\":[\"u\""));
    for (int i = 1; i < ACME_NAMES_MAX; i++)
        buf_add(&b, STR(",\"u\""));
    size_t fits_n = b.n;
    buf_add(&b, STR("]}"));
    assert_int_equal(acme_read_order(&cx, buf_str(&b), o), OK);
    assert_int_equal(o->authorization_count, ACME_NAMES_MAX);
    assert_int_equal(o->status, ACME_READY);
    b.n = fits_n;
    buf_add(&b, STR(",\"u\"]}"));
    assert_int_equal(acme_read_order(&cx, buf_str(&b), o), E_LIMIT);
    struct str json = STR("{\"status\":\"deactivated\",\"challenges\":[{},{\"type\":\"x\"}]}");
    assert_int_equal(acme_read_authorization(&cx, json, z), OK);
    assert_int_equal(z->status, ACME_UNKNOWN);
    assert_int_equal(z->challenge_count, 2);
    assert_str(z->challenges[1].type, STR("x"));
    assert_int_equal(acme_read_problem(&cx, STR("<html>")).type.n, 0);
}

static void files_are_replaced_and_for_us_alone(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    char dir[] = "/tmp/postroad-acme-XXXXXX";
    struct str text;
    struct stat is;
    (void)state;
    assert_non_null(mkdtemp(dir));
    struct str path = acme_path(a, str_z(dir), STR("host"), ".pem");
    assert_int_equal(acme_file_read(&cx, path, &text), E_NOT_FOUND);
    assert_int_equal(acme_file_write(&cx, path, STR("one")), OK);
    assert_int_equal(acme_file_write(&cx, path, STR("two")), OK);
    assert_int_equal(acme_file_read(&cx, path, &text), OK);
    assert_str(text, STR("two"));
    assert_int_equal(stat(path.p, &is), 0);
    assert_int_equal(is.st_mode & 0777, 0600);
    acme_file_remove(path);
    assert_false(acme_file_is(path));
    assert_int_equal(rmdir(dir), 0); /* and nothing else was left */
}

/* RFC 8555 section 8.3: it becomes part of a path. */
static void tokens_are_names(void **state)
{
    static const struct str bad[] = {STR(""),   STR("."),  STR(".."),   STR("a/b"), STR("a.b"),
                                     STR("a="), STR("a+"), STR("\xe4"), STR("a b"), STR("a\0b")};
    char long_one[ACME_TOKEN_MAX + 1];
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(acme_token_is_good(bad[i]));
    memset(long_one, 'a', sizeof long_one);
    assert_true(acme_token_is_good(STR("evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr_oA")));
    assert_true(acme_token_is_good(str_of(long_one, ACME_TOKEN_MAX)));
    assert_false(acme_token_is_good(str_of(long_one, ACME_TOKEN_MAX + 1)));
}

static void tokens_come_and_go(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct acme_tokens *t = acme_tokens_open();
    struct str text;
    (void)state;
    assert_false(acme_tokens_find(t, a, STR("one"), &text));
    acme_tokens_put(t, STR("one"), STR("one.print"));
    acme_tokens_put(t, STR("one"), STR("one.other"));
    assert_true(acme_tokens_find(t, a, STR("one"), &text));
    assert_str(text, STR("one.other"));
    acme_tokens_drop(t, STR("one"));
    assert_false(acme_tokens_find(t, a, STR("one"), &text));
    acme_tokens_put(t, STR("two"), STR("two.print"));
    acme_tokens_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_named_as_jose_does),
        cmocka_unit_test(requests_are_signed),
        cmocka_unit_test(a_certificate_is_named_for_its_renewal),
        cmocka_unit_test(a_self_signed_certificate_fits_its_key),
        cmocka_unit_test(what_servers_say_is_bounded),
        cmocka_unit_test(files_are_replaced_and_for_us_alone),
        cmocka_unit_test(tokens_come_and_go),
        cmocka_unit_test(tokens_are_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
