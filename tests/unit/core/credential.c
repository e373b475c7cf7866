/* Passwords as they are kept: Argon2id, SCRAM keys, SASLprep, old rows. */
#include "forest.h"

#include "base/buf.h"
#include "core/credential.h"
#include "core/credential/kdf.h"
#include "core/directory/rows.h"
#include "store/key.h"
#include <sodium.h>

static int set_up(void **state)
{
    *state = forest_open("memory");
    return 0;
}

static int tear_down(void **state)
{
    forest_close(*state);
    return 0;
}

static void a_password_is_right_or_wrong(void **state)
{
    struct forest *f = *state;
    principal_id jane = forest_add(f, PRINCIPAL_PERSON, "jane", f->health);
    assert_int_equal(credential_check(&f->cx, f->core, jane, STR("x")), E_DENIED);
    assert_int_equal(credential_set_password(&f->cx, f->core, jane, STR("correct horse")), OK);
    static const struct row {
        const char *password;
        enum code wanted;
    } rows[] = {
        {"correct horse", OK}, {"correct horse ", E_DENIED}, {"Correct horse", E_DENIED},
        {"", E_DENIED},        {"correct hors", E_DENIED},   {"\xff", E_DENIED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(credential_check(&f->cx, f->core, jane, str_z(rows[i].password)),
                         rows[i].wanted);
    assert_int_equal(credential_check(&f->cx, f->core, 0, STR("correct horse")), E_DENIED);
    assert_int_equal(credential_clear(&f->cx, f->core, jane), OK);
    assert_int_equal(credential_check(&f->cx, f->core, jane, STR("correct horse")), E_DENIED);
}

static void limits_and_forbidden_characters(void **state)
{
    struct forest *f = *state;
    principal_id jane = forest_add(f, PRINCIPAL_PERSON, "jane", f->health);
    char longest[PASSWORD_MAX + 1];
    memset(longest, 'a', sizeof longest);
    const struct row {
        struct str password;
        enum code wanted;
    } rows[] = {
        {str_of(longest, PASSWORD_MAX), OK},
        {str_of(longest, PASSWORD_MAX + 1), E_LIMIT},
        {STR(""), E_SYNTAX},
        {STR("a\0b"), E_SYNTAX},
        {STR("tab\t"), E_SYNTAX},
        {STR("\xff\xfe"), E_SYNTAX},
        {STR("\xEE\x80\x80"), E_SYNTAX}, /* private use */
        {STR("\xD8\xA7"
             "1"),
         E_SYNTAX},                  /* RFC 4013 section 3: bidirectional */
        {STR("\xC2\xAD"), E_SYNTAX}, /* a soft hyphen is mapped to nothing */
        {STR("\xC3\xA9t\xC3\xA9"), OK},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(credential_set_password(&f->cx, f->core, jane, rows[i].password),
                         rows[i].wanted);
    assert_int_equal(credential_set_password(&f->cx, f->core, 99999, STR("x")), E_NOT_FOUND);
}

/* The examples of RFC 4013 section 3. */
static void saslprep_as_in_the_rfc(void **state)
{
    struct forest *f = *state;
    const struct row {
        struct str in, out;
        enum code wanted;
    } rows[] = {
        {STR("I\xC2\xADX"), STR("IX"), OK},       {STR("user"), STR("user"), OK},
        {STR("USER"), STR("USER"), OK},           {STR("\xC2\xAA"), STR("a"), OK},
        {STR("\xE2\x85\xA8"), STR("IX"), OK},     {STR("\x07"), STR(""), E_SYNTAX},
        {STR("\xD8\xA7\x31"), STR(""), E_SYNTAX},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str out = {0};
        assert_int_equal(kdf_prepare(&f->cx, rows[i].in, true, &out), rows[i].wanted);
        assert_str(out, rows[i].out);
    }
    /* Two ways to type one password. */
    principal_id jane = forest_add(f, PRINCIPAL_PERSON, "jane", f->health);
    assert_int_equal(credential_set_password(&f->cx, f->core, jane, STR("e\xCC\x81t")), OK);
    assert_int_equal(credential_check(&f->cx, f->core, jane, STR("\xC3\xA9t")), OK);
}

/* RFC 7677 section 3: user "user", password "pencil". */
static void scram_keys_as_in_the_rfc(void **state)
{
    static const unsigned char salt[16] = {0x5b, 0x6d, 0x99, 0x68, 0x9d, 0x12, 0x35, 0x8e,
                                           0xec, 0xa0, 0x4b, 0x14, 0x12, 0x36, 0xfa, 0x81};
    const struct str exchange =
        STR("n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,"
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
    struct scram_keys k = {.iterations = 4096, .salt_n = sizeof salt};
    unsigned char signature[32];
    (void)state;
    memcpy(k.salt, salt, sizeof salt);
    kdf_scram(STR("pencil"), &k);
    kdf_hmac_sha256(str_of(k.server_key, 32), exchange, signature);
    char text[64];
    sodium_bin2base64(text, sizeof text, signature, 32, sodium_base64_VARIANT_ORIGINAL);
    assert_string_equal(text, "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
}

/* RFC 5802 section 5: the server's first message and signature. */
static void sha1_keys_as_in_the_rfc(void **state)
{
    static const unsigned char stored[20] = {0xe9, 0xd9, 0x46, 0x60, 0xc3, 0x9d, 0x65,
                                             0xc3, 0x8f, 0xba, 0xd9, 0x1c, 0x35, 0x8f,
                                             0x14, 0xda, 0x0e, 0xef, 0x2b, 0xd6};
    static const unsigned char server[20] = {0x0f, 0xe0, 0x92, 0x58, 0xb3, 0xac, 0x85,
                                             0x2b, 0xa5, 0x02, 0xcc, 0x62, 0xba, 0x90,
                                             0x3e, 0xaa, 0xcd, 0xbf, 0x7d, 0x31};
    static const unsigned char salt[12] = {0x41, 0x25, 0xc2, 0x47, 0xe4, 0x3a,
                                           0xb1, 0xe9, 0x3c, 0x6d, 0xff, 0x76};
    struct scram_keys k = {.hash = SCRAM_SHA_1, .iterations = 4096, .salt_n = sizeof salt};
    (void)state;
    memcpy(k.salt, salt, sizeof salt);
    kdf_scram(STR("pencil"), &k);
    assert_int_equal(k.key_n, 20);
    assert_memory_equal(k.stored_key, stored, 20);
    assert_memory_equal(k.server_key, server, 20);
}

static enum code make_old(struct ctx *cx, struct txn *t, void *arg)
{
    const principal_id *who = arg;
    struct key k = rows_credential_key(*who);
    struct str value;
    TRY(txn_get(cx, t, key_str(&k), &value));
    /* Version 2 has four numbers and texts of 16, 20 and 20 bytes behind the first. */
    char *old = arena_alloc(cx->arena, value.n);
    memcpy(old, value.p, value.n);
    old[0] = 1;
    txn_put(t, key_str(&k), str_of(old, value.n - (4 + 4 + 16 + 4 + 20 + 4 + 20)));
    return OK;
}

/* A row from before there were SHA-1 keys: the next right password brings them. */
static void old_rows_get_sha1_keys(void **state)
{
    struct forest *f = *state;
    struct scram_keys before, after, kept;
    uint64_t first, then;
    const struct str login = STR("jane@health.example");
    principal_id jane = forest_add(f, PRINCIPAL_PERSON, "jane", f->health);
    assert_int_equal(credential_set_password(&f->cx, f->core, jane, STR("secret")), OK);
    assert_int_equal(credential_generation(&f->cx, f->core, jane, &first), OK);
    assert_int_equal(credential_scram(&f->cx, f->core, login, SCRAM_SHA_256, &kept), OK);
    assert_int_equal(store_update(&f->cx, f->core->store, DIRECTORY_PART, make_old, &jane), OK);
    assert_int_equal(credential_scram(&f->cx, f->core, login, SCRAM_SHA_1, &before), OK);
    assert_int_equal(credential_check(&f->cx, f->core, jane, STR("wrong")), E_DENIED);
    assert_int_equal(credential_scram(&f->cx, f->core, login, SCRAM_SHA_1, &after), OK);
    assert_memory_equal(&before, &after, sizeof after); /* made up, still */
    assert_int_equal(credential_check(&f->cx, f->core, jane, STR("secret")), OK);
    assert_int_equal(credential_scram(&f->cx, f->core, login, SCRAM_SHA_1, &after), OK);
    before = after;
    kdf_scram(STR("secret"), &before);
    assert_memory_equal(&before, &after, sizeof after);
    assert_int_equal(credential_generation(&f->cx, f->core, jane, &then), OK);
    assert_true(first == then);
    assert_int_equal(credential_scram(&f->cx, f->core, login, SCRAM_SHA_256, &after), OK);
    assert_memory_equal(&kept, &after, sizeof after);
}

static void keys_of_nobody_stay_the_same(void **state)
{
    struct forest *f = *state;
    struct scram_keys a, b, c, jane_keys;
    principal_id jane = forest_add(f, PRINCIPAL_PERSON, "jane", f->health);
    assert_int_equal(credential_scram(&f->cx, f->core, STR("no@health.example"), SCRAM_SHA_256, &a),
                     OK);
    assert_int_equal(
        credential_scram(&f->cx, f->core, STR("X\\NO@health.example"), SCRAM_SHA_256, &b), OK);
    assert_int_equal(
        credential_scram(&f->cx, f->core, STR("nono@health.example"), SCRAM_SHA_256, &c), OK);
    assert_memory_equal(&a, &b, sizeof a);
    assert_memory_not_equal(a.salt, c.salt, 16);
    assert_memory_not_equal(a.stored_key, c.stored_key, 32);
    assert_int_equal(a.iterations, SCRAM_ITERATIONS);
    assert_int_equal(credential_set_password(&f->cx, f->core, jane, STR("secret")), OK);
    assert_int_equal(
        credential_scram(&f->cx, f->core, STR("jane@health.example"), SCRAM_SHA_256, &jane_keys),
        OK);
    assert_int_equal(jane_keys.salt_n, a.salt_n);
    assert_int_equal(jane_keys.iterations, a.iterations);
    kdf_scram(STR("secret"), &a);
    assert_memory_not_equal(jane_keys.stored_key, a.stored_key, 32);
    b = jane_keys;
    kdf_scram(STR("secret"), &b);
    assert_memory_equal(&jane_keys, &b, sizeof b);
}

static void each_password_is_a_generation(void **state)
{
    struct forest *f = *state;
    principal_id jane = forest_add(f, PRINCIPAL_PERSON, "jane", f->health);
    uint64_t none, first, second;
    assert_int_equal(credential_generation(&f->cx, f->core, jane, &none), OK);
    assert_int_equal(none, 0);
    assert_int_equal(credential_set_password(&f->cx, f->core, jane, STR("a")), OK);
    assert_int_equal(credential_generation(&f->cx, f->core, jane, &first), OK);
    assert_int_equal(credential_set_password(&f->cx, f->core, jane, STR("a")), OK);
    assert_int_equal(credential_generation(&f->cx, f->core, jane, &second), OK);
    assert_true(first && second && first != second);
}

/* A row as an older server wrote it: one pass over 8 MiB. */
static enum code write_old(struct ctx *cx, struct txn *t, void *arg)
{
    char text[ARGON2_TEXT_MAX];
    struct key k = key_of('k');
    key_u64(&k, *(const principal_id *)arg);
    must(crypto_pwhash_str(text, "old one", 7, 1, 8 << 20) == 0);
    struct buf b = buf_of(cx->arena, 512);
    buf_le8(&b, 1);
    buf_le64(&b, 77);
    buf_le64(&b, 5);
    buf_le_str(&b, str_z(text));
    buf_le32(&b, 4096);
    buf_le_str(&b, STR("saltsalt"));
    buf_le_str(&b, STR("12345678901234567890123456789012"));
    buf_le_str(&b, STR("12345678901234567890123456789012"));
    txn_put(t, key_str(&k), buf_str(&b));
    return OK;
}

static struct str stored_row(struct forest *f, principal_id id)
{
    struct key k = key_of('k');
    struct str value = {0};
    key_u64(&k, id);
    assert_int_equal(store_get(&f->cx, f->core->store, DIRECTORY_PART, key_str(&k), &value), OK);
    return value;
}

static void old_parameters_are_renewed_by_a_right_password(void **state)
{
    struct forest *f = *state;
    principal_id jane = forest_add(f, PRINCIPAL_PERSON, "jane", f->health);
    uint64_t generation;
    assert_int_equal(store_update(&f->cx, f->core->store, DIRECTORY_PART, write_old, &jane), OK);
    assert_int_equal(credential_check(&f->cx, f->core, jane, STR("wrong")), E_DENIED);
    assert_true(str_find(stored_row(f, jane), STR("m=8192,t=1")) != SIZE_MAX);
    assert_int_equal(credential_check(&f->cx, f->core, jane, STR("old one")), OK);
    assert_true(str_find(stored_row(f, jane), STR("m=19456,t=2,p=1")) != SIZE_MAX);
    assert_int_equal(credential_check(&f->cx, f->core, jane, STR("old one")), OK);
    assert_int_equal(credential_generation(&f->cx, f->core, jane, &generation), OK);
    assert_int_equal(generation, 77);
}

/* Nobody costs what somebody costs: the same parameters, and a form that libsodium takes. */
static void nobody_has_a_hash_like_others(void **state)
{
    struct forest *f = *state;
    assert_false(kdf_argon2_is_old(kdf_argon2_nobody()));
    assert_int_equal(kdf_argon2_verify(&f->cx, kdf_argon2_nobody(), STR("")), E_DENIED);
    assert_int_equal(kdf_argon2_verify(&f->cx, kdf_argon2_nobody(), (struct str){0}), E_DENIED);
    /* What cannot be computed is not a wrong password. */
    assert_int_equal(kdf_argon2_verify(&f->cx, "$argon2id$v=19$m=19456,t=2", STR("")), E_IO);
}

static void the_store_never_holds_a_password(void **state)
{
    struct forest *f = *state;
    principal_id jane = forest_add(f, PRINCIPAL_PERSON, "jane", f->health);
    assert_int_equal(credential_set_password(&f->cx, f->core, jane, STR("hunter2hunter2")), OK);
    assert_true(str_find(stored_row(f, jane), STR("hunter2")) == SIZE_MAX);
    assert_true(str_find(stored_row(f, jane), STR("$argon2id$v=19$m=19456,t=2,p=1$")) != SIZE_MAX);
}

#define IN_FOREST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOREST(a_password_is_right_or_wrong),
        IN_FOREST(limits_and_forbidden_characters),
        IN_FOREST(saslprep_as_in_the_rfc),
        cmocka_unit_test(scram_keys_as_in_the_rfc),
        cmocka_unit_test(sha1_keys_as_in_the_rfc),
        IN_FOREST(old_rows_get_sha1_keys),
        IN_FOREST(keys_of_nobody_stay_the_same),
        IN_FOREST(each_password_is_a_generation),
        IN_FOREST(old_parameters_are_renewed_by_a_right_password),
        IN_FOREST(nobody_has_a_hash_like_others),
        IN_FOREST(the_store_never_holds_a_password),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
