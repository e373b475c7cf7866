/* Who may look at how one signs in, and who may change it. */
#include "base/arena.h"
#include "base/buf.h"
#include "format/hex.h"
#include "format/thread.h"
#include "proto/jmap/signin/signin.h"
#include "service/signin/signin.h"

enum code jmap_signin_look(struct ctx *cx, struct jmap_call *call)
{
    (void)cx;
    if (!call->own)
        return jmap_refuse(call, "accountNotSupportedByMethod", NULL);
    if (call->who->how != AUTH_SESSION && call->who->how != AUTH_PASSWORD)
        return jmap_refuse(call, "forbidden", "sign in at the page for that");
    return OK;
}

enum code jmap_signin_change(struct ctx *cx, struct jmap_call *call)
{
    TRY(jmap_signin_look(cx, call));
    if (call->error)
        return OK;
    const struct session *s = call->request->session;
    if (s && !signin_proof_is_fresh(s, cx->now_ms))
        return jmap_refuse(call, "proofRequired", "POST /auth/proof shows who you are");
    return OK;
}

struct str jmap_signin_state(struct arena *a, const struct buf *said)
{
    return str_printf(a, "%llx", (unsigned long long)thread_key(buf_str(said)));
}

struct str jmap_signin_id(struct arena *a, char letter, uint64_t id)
{
    return str_printf(a, "%c%016llx", letter, (unsigned long long)id);
}

bool jmap_signin_id_read(struct str text, char letter, uint64_t *out)
{
    struct cur c = cur_of(text);
    return text.n == 17 && cur_char(&c, letter) && jmap_take_hex(&c, out) && cur_end(&c);
}

void jmap_signin_show(struct ctx *cx, struct jmap_call *call, struct jmap_signin_once once)
{
    struct jmap_signin_once *kept = ARENA_NEW(cx->arena, struct jmap_signin_once);
    *kept = once;
    kept->next = call->asked;
    call->asked = kept;
}

const struct jmap_signin_once *jmap_signin_shown(const struct jmap_call *call, struct str id)
{
    const struct jmap_signin_once *o = call->asked;
    while (o && !str_eq(o->id, id))
        o = o->next;
    return o;
}

enum code jmap_signin_name(struct ctx *cx, struct jmap_set_one *x, size_t max, struct str *out)
{
    struct str name = json_tree_text(x->values, STR("name"));
    if (!name.n || name.n > max)
        return jmap_set_invalid(cx, x, STR("name"), "missing, or too long");
    *out = name;
    return OK;
}

void jmap_signin_put_date(struct ctx *cx, struct json *j, int64_t ms)
{
    if (ms)
        json_str(j, jmap_date(cx->arena, ms));
    else
        json_null(j);
}
