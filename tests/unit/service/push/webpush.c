/* RFC 8291 section 5: the example, byte for byte. RFC 8292 section 2.4: what we say of ourselves.
 */
#include "../../unit.h"

#include "base/arena.h"

#include "format/base64.h"
#include "service/push/webpush.h"

static struct str bytes(struct arena *a, const char *text)
{
    return base64_decode(a, str_z(text), SIZE_MAX);
}

static void the_example(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct str body;
    struct str p256dh = bytes(a, "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-"
                                 "AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
    struct str auth = bytes(a, "BTBZMqHH6r4Tts7J_aSIgg");
    const struct webpush_pair pair = {.private_key =
                                          bytes(a, "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"),
                                      .salt = bytes(a, "DGv6ra1nlYgDCS1FRnbzlw")};
    (void)state;
    assert_int_equal(webpush_seal(&cx, p256dh, auth,
                                  STR("When I grow up, I want to be a watermelon"), &pair, &body),
                     OK);
    struct str said = base64url_encode(a, body);
    assert_string_equal(str_zdup(a, said),
                        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
                        "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
                        "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN");
}

static void keys_that_cannot_be(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct str body, auth = STR("0123456789abcdef");
    struct str good = bytes(a, "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-"
                               "AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
    const struct str parts[] = {str_sub(good, 0, 64), STR("\0")};
    struct str off = str_join(a, parts, 2); /* no point of the curve */
    (void)state;
    assert_true(webpush_keys_ok(good, auth));
    assert_false(webpush_keys_ok(off, auth));
    assert_false(webpush_keys_ok(str_sub(good, 0, 64), auth));
    assert_false(webpush_keys_ok(good, str_sub(auth, 0, 15)));
    assert_int_equal(webpush_seal(&cx, off, auth, STR("x"), NULL, &body), E_SYNTAX);
    char *text = arena_alloc(a, WEBPUSH_TEXT_MAX + 1);
    struct str longest = str_of(text, WEBPUSH_TEXT_MAX);
    assert_int_equal(webpush_seal(&cx, good, auth, longest, NULL, &body), OK);
    assert_true(body.n <= WEBPUSH_BODY_MAX);
    longest.n++;
    assert_int_equal(webpush_seal(&cx, good, auth, longest, NULL, &body), E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example),
        cmocka_unit_test(keys_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
