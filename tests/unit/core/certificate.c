/* Whose a certificate is (core/directory/certificate.h). */
#include "core/directory/certificate.h"
#include "forest.h"

static const char *const first = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
static const char *const other = "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

static void prints_are_read(void **state)
{
    struct forest *f = forest_open("memory");
    (void)state;
    static const struct {
        const char *in;
        bool good;
    } rows[] = {
        {"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", true},
        {"00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"
         "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff",
         true},
        {"", false},
        {"0011", false},
        {"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff00", false},
        {"0x112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str print = {0};
        enum code code = certificate_print(&f->cx, str_z(rows[i].in), &print);
        assert_int_equal(code, rows[i].good ? OK : E_SYNTAX);
        if (rows[i].good)
            assert_str(print, str_z(first));
    }
    forest_close(f);
}

static void one_owner_each(void **state)
{
    struct forest *f = forest_open("memory");
    (void)state;
    struct principal owner;
    struct certificate *all;
    size_t count;
    struct str print = str_z(first), second = str_z(other);
    principal_id jane = forest_add(f, PRINCIPAL_PERSON, "jane", f->health);
    principal_id john = forest_add(f, PRINCIPAL_PERSON, "john", f->works);
    assert_int_equal(certificate_owner(&f->cx, f->core, print, &owner), E_NOT_FOUND);
    assert_int_equal(certificate_remove(&f->cx, f->core, print), E_NOT_FOUND);
    assert_int_equal(certificate_add(&f->cx, f->core, print, jane), OK);
    assert_int_equal(certificate_add(&f->cx, f->core, print, jane), OK);
    assert_int_equal(certificate_add(&f->cx, f->core, print, john), E_EXISTS);
    assert_int_equal(certificate_add(&f->cx, f->core, second, john), OK);
    assert_int_equal(certificate_owner(&f->cx, f->core, print, &owner), OK);
    assert_int_equal(owner.id, jane);
    assert_int_equal(certificate_list(&f->cx, f->core, (struct str){0}, &all, &count), OK);
    assert_int_equal(count, 2);
    assert_str(all[0].print, print);
    assert_int_equal(all[1].who, john);
    assert_int_equal(certificate_list(&f->cx, f->core, print, &all, &count), OK);
    assert_int_equal(count, 1);
    /* who was removed logs in no more, and what was his is free */
    assert_int_equal(directory_remove(&f->cx, f->core, jane), OK);
    assert_int_equal(certificate_owner(&f->cx, f->core, print, &owner), E_NOT_FOUND);
    assert_int_equal(certificate_add(&f->cx, f->core, print, john), OK);
    assert_int_equal(certificate_remove(&f->cx, f->core, print), OK);
    assert_int_equal(certificate_owner(&f->cx, f->core, print, &owner), E_NOT_FOUND);
    assert_int_equal(certificate_owner(&f->cx, f->core, second, &owner), OK);
    forest_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_are_read),
        cmocka_unit_test(one_owner_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
