#include "format/format.h"

#include "format/json.h"
#include <math.h>

static void writes(void **state)
{
    struct ctx *cx = *state;
    struct buf b = buf_of(cx->arena, 1000);
    struct json j = json_to(&b);
    json_object(&j);
    json_key(&j, "a");
    json_u64(&j, UINT64_MAX);
    json_key(&j, "b");
    json_array(&j);
    json_i64(&j, -5);
    json_bool(&j, true);
    json_null(&j);
    json_double(&j, 1.25, 1);
    json_double(&j, NAN, 1);
    json_object(&j);
    json_object_end(&j);
    json_array_end(&j);
    json_key(&j, "c");
    json_str(&j, STR("x"));
    json_object_end(&j);
    assert_str(buf_str(&b), STR("{\"a\":18446744073709551615,\"b\":[-5,true,null,1.2,null,{}],"
                                "\"c\":\"x\"}"));
}

static void escapes(void **state)
{
    struct ctx *cx = *state;
    struct buf b = buf_of(cx->arena, 1000);
    json_escape(&b, STR("a\"b\\c\n\t\x01\x7f\0\xc3\xbc\xff"));
    assert_str(buf_str(&b), STR("a\\\"b\\\\c\\n\\t\\u0001\\u007f\\u0000\xc3\xbc\xef\xbf\xbd"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {FORMAT_TEST(writes), FORMAT_TEST(escapes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
