/* The SMTP engine. The first byte of the input picks the port, the second where the rest is cut in
   two; cut or not, the server must say the same. */
#include "../world/world.h"
#include "base/buf.h"

enum { WORLD_INPUTS = 500 };

static struct world *fresh_world(void)
{
    struct world *w = world_open(NULL);
    w->limits = (struct smtp_limits){.message_bytes = 2000,
                                     .bdat_bytes = 200000,
                                     .recipients = 5,
                                     .transactions = 6,
                                     .errors = 8,
                                     .received = 10,
                                     .command_ms = 1000,
                                     .data_ms = 1000};
    world_password(w, w->jane, "secret");
    must(ip_networks_add(&w->env.proxies, STR("0.0.0.0/0")));
    must(ip_networks_add(&w->env.lmtp_clients, STR("0.0.0.0/0")));
    return w;
}

/* "Ok: " and an id as "Ok: *". */
static struct str masked(struct arena *a, struct str said)
{
    struct buf b = buf_of(a, said.n + 1);
    for (;;) {
        size_t at = str_find(said, STR(" Ok: "));
        if (at == SIZE_MAX)
            break;
        buf_add(&b, str_sub(said, 0, at + 5));
        said = str_from(said, at + 5 + 16);
    }
    buf_add(&b, said);
    return buf_str(&b);
}

static struct str played(struct world *w, struct arena *a, const char *role, struct str one,
                         struct str two)
{
    struct talk *t = talk_open(w, role);
    struct str first = talk_send(t, one), second = talk_send(t, two);
    struct str all = masked(a, str_join(a, (struct str[]){first, second}, 2));
    talk_close(t);
    return all;
}

/* Where what is said depends on what came before: log-ins (failures are counted), mailboxes that
   fill up; and on what came together: a handshake throws away what came with its command. */
static bool is_repeatable(struct str in)
{
    static const struct str words[] = {STR("AUTH"), STR("full"), STR("STARTTLS")};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_ifind(in, words[i]) != SIZE_MAX)
            return false;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char *const roles[] = {"mx", "submission", "submissions", "lmtp"};
    static struct world *w;
    static unsigned inputs;
    if (n < 2)
        return 0;
    if (w && ++inputs % WORLD_INPUTS == 0) {
        world_close(w);
        w = NULL;
    }
    if (!w)
        w = fresh_world();
    const char *role = roles[data[0] % 4];
    struct str in = str_of(data + 2, n - 2);
    struct arena *a = arena_open();
    size_t cut = in.n ? data[1] * in.n / 256 : 0;
    struct str whole = played(w, a, role, in, STR(""));
    struct str split = played(w, a, role, str_sub(in, 0, cut), str_from(in, cut));
    if (is_repeatable(in))
        must(str_eq(whole, split));
    arena_close(a);
    return 0;
}
