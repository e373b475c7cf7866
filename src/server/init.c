#include "server/init.h"
#include "base/buf.h"
#include "server/control.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOT_KEY "/usr/share/dns/root.key" /* of Debian's package dns-root-data */

enum { FILE_MAX = 64 * 1024 };

int init_help(void)
{
    return fputs(
               "Write a first configuration file, with comments.\n\n"
               "usage: postroad init --config FILE --host NAME --data DIR [--control PATH]\n"
               "                     [--cert FILE --key FILE] [--port-base N] [--loopback]\n\n"
               "  --port-base N  listen on N+25, N+587, N+465, N+143, N+993, N+110, N+995, N+80,\n"
               "                 N+443, N+4190 and N+9100 instead of the well-known ports; N = 0 "
               "lets the\n"
               "                 kernel choose\n"
               "  --loopback     listen on 127.0.0.1 alone, and allow passwords without TLS "
               "there\n\n"
               "Example:\n  postroad init --config /etc/postroad/postroad.conf \\\n"
               "    --host mail.example.org --data /var/lib/postroad \\\n"
               "    --cert /etc/ssl/mail.pem --key /etc/ssl/private/mail.key\n",
               stdout) < 0;
}

struct init {
    struct str file, host, data, control, cert, key;
    uint64_t port_base;
    bool loopback, shifted; /* shifted: port_base was given */
};

/* A port that a first configuration listens on. */
struct init_port {
    const char *role;
    unsigned port;
    bool tls_at_once, local; /* needs a certificate; never for the world */
    const char *comment;
};

static const struct init_port ports[] = {
    {"mx", 25, false, false, "mail from other systems"},
    {"submission", 587, false, false, "mail from people's programs, STARTTLS"},
    {"imap", 143, false, false, "STARTTLS"},
    {"pop3", 110, false, false, "STLS"},
    {"managesieve", 4190, false, false, "people's Sieve scripts, STARTTLS"},
    {"submissions", 465, true, false, "TLS at once"},
    {"imaps", 993, true, false, "TLS at once"},
    {"pop3s", 995, true, false, "TLS at once"},
    {"http", 80, false, false, "certificates by ACME, and the way to https"},
    {"https", 443, true, false, "TLS at once"},
    {"metrics", 9100, false, true, "Prometheus, /health, /ready"},
};

static enum code read_words(struct ctx *cx, struct args *args, struct init *i)
{
    *i = (struct init){.port_base = UINT64_MAX};
    i->loopback = args_flag(args, "--loopback");
    args_value(args, "--config", &i->file);
    args_value(args, "--host", &i->host);
    args_value(args, "--data", &i->data);
    args_value(args, "--control", &i->control);
    args_value(args, "--cert", &i->cert);
    args_value(args, "--key", &i->key);
    TRY(args_number(cx, args, "--port-base", &i->port_base));
    TRY(args_done(cx, args));
    i->shifted = i->port_base != UINT64_MAX;
    if (i->shifted && i->port_base > 56000)
        return fail(cx, E_SYNTAX, "--port-base: at most 56000");
    if (!i->file.n || !i->host.n || !i->data.n)
        return fail(cx, E_SYNTAX,
                    "--config, --host and --data are needed; see postroad init --help");
    if (!i->cert.n != !i->key.n)
        return fail(cx, E_SYNTAX, "--cert and --key go together");
    if (!i->control.n)
        i->control = str_printf(cx->arena, "%.*s/control", STR_ARG(i->data));
    return OK;
}

/* One listen section; its title is the role and suffix. */
static void write_section(struct buf *out, const struct init *i, const struct init_port *p,
                          const char *suffix, const char *address)
{
    unsigned at = p->port;
    if (i->shifted)
        at = i->port_base ? (unsigned)i->port_base + p->port : 0;
    buf_printf(
        out, "listen \"%s%s\" {     # %s\n    role = %s\n    address = \"%s\"\n    port = %u\n}\n",
        p->role, suffix, p->comment, p->role, address, at);
}

/* A socket for "::" takes IPv6 alone (io/bind.c), so the world needs two. */
static void write_listener(struct buf *out, const struct init *i, const struct init_port *p)
{
    bool local = i->loopback || p->local;
    write_section(out, i, p, "", local ? "127.0.0.1" : "0.0.0.0");
    if (!local)
        write_section(out, i, p, "6", "::");
}

static void write_more(struct buf *out)
{
    buf_add(out, STR("smime {                 # signatures of mail, shown by JMAP and the page\n"
                     "    # PEM, a file or a folder of authorities; \"\": not verified\n"
                     "    trust = \"/etc/ssl/certs/ca-certificates.crt\"\n}\n\n"));
    buf_add(out, STR("log {\n    level = info    # error, warn, info, debug\n"
                     "    to = stderr     # or journal\n}\n\n"));
}

static void write_config(struct buf *out, const struct init *i)
{
    buf_printf(out,
               "# Postroad: where to listen and where the data is. All else is in the directory:\n"
               "# see postroad help. Check changes with: postroad config check FILE\n\n"
               "host_name = \"%.*s\"      # in greetings and trace fields\n"
               "data = \"%.*s\"           # the store is below it\n"
               "control = \"%.*s\"        # the command line talks to the server here\n"
               "user = \"\"               # become this user when started as root\n"
               "reactors = 2            # threads that own connections\n"
               "workers = 64            # threads that run requests; they wait for the disk\n\n",
               STR_ARG(i->host), STR_ARG(i->data), STR_ARG(i->control));
    buf_add(out, STR("store {\n    engine = rocksdb    # or memory, for tests\n"
                     "    cache_mb = 256      # metadata kept in memory\n"
                     "    blob_cache_mb = 128 # message bodies kept ready to send\n"
                     "    reserve_mb = 1024   # no more is written when less than this is free\n"
                     "}\n\n"
                     "limits {\n    message_mb = 50\n    connections = 50000\n"
                     "    connections_per_address = 1000\n    recipients = 1000\n"
                     "    in_flight_mb = 512  # input in memory, of all connections\n}\n\n"));
    buf_printf(out,
               "auth {\n    account_failures = 10   # wrong passwords within window_s: locked out\n"
               "    address_failures = 50\n    window_s = 600\n    lockout_s = 600\n"
               "    remember_s = 300        # a verified password is not hashed again so long\n"
               "    delay_ms = 2000         # before the answer to a wrong password\n"
               "    plain_in_clear = %s     # passwords without TLS: loopback only\n"
               "    offer_plus = false      # list SCRAM with channel binding (mutt then fails)\n"
               "}\n\n",
               i->loopback ? "true" : "false");
    buf_add(out,
            STR("delivery {\n    sub_address_separator = \"+\" # jane+lists@...\n"
                "    sub_address = folder    # into the folder of that name, or inbox\n"
                "    over_quota = defer      # 4xx, or refuse: 5xx\n"
                "    postmaster = \"\"         # who reads mail for postmaster and abuse where\n"
                "                            # no domain has such an address\n}\n\n"));
    buf_add(out, STR("sieve {\n    scripts = 64        # of an account\n"
                     "    script_kb = 128     # of one\n    scripts_kb = 1024   # of all together\n"
                     "    redirects = 4       # of one message\n}\n\n"));
    buf_printf(out,
               "resolver {\n    forward = {}    # recursive servers, \"192.0.2.53@53\"; none: from "
               "the root on\n"
               "    stub = {}       # zones of certain servers: \"example.org 192.0.2.53@53\"\n"
               "    trust_anchor = \"%s\" # of the root; \"\": no DNSSEC, so no DANE\n}\n\n"
               "remote {\n    smtp_port = 25      # of hosts that take our mail\n"
               "    authorities = \"\"    # PEM; none: those of the system\n}\n\n",
               access(ROOT_KEY, R_OK) == 0 ? ROOT_KEY : "");
    buf_add(out,
            STR("reports {               # between mail systems: TLS (RFC 8460), DMARC\n"
                "    reports_from = \"\"   # an address of ours that sends them; none: not sent\n"
                "    organization = \"\"   # in them; none: the domain\n"
                "    reports_mailbox = \"\" # an account's address that others' come to\n"
                "    tls_reports = true\n    dmarc_reports = true\n}\n\n"));
    buf_add(out, STR("web {                   # questions to web servers: policies, reports\n"
                     "    web_authorities = \"\" # PEM; none: those of the system\n"
                     "    private_networks = false # strangers may name hosts in these: for tests\n"
                     "    https_port = 443    # another for tests\n}\n\n"));
    buf_add(out,
            STR("http {\n    timeout_s = 30      # silence before and within a request\n"
                "    keep_timeout_s = 60 # between two requests\n"
                "    web_root = \"\"       # folder of the page; none: no page\n"
                "    hsts_s = 31536000   # browsers come by https alone so long; 0: no such "
                "promise\n}\n\n"
                "mailauth {\n    check = true        # SPF, DKIM, ARC, DMARC of what comes from "
                "outside\n"
                "    dmarc = enforce     # or mark: tell only\n"
                "    spf_fail = mark     # or refuse\n"
                "    trusted_networks = {\"127.0.0.0/8\", \"::1/128\"} # not checked\n"
                "    trusted_sealers = {} # domains of mailing lists whose ARC seals are believed\n"
                "}\n\n"));
    write_more(out);
    if (i->cert.n)
        buf_printf(out,
                   "certificate \"default\" {    # more sections for more names; chosen by SNI\n"
                   "    chain = \"%.*s\"\n    key = \"%.*s\"\n}\n\n",
                   STR_ARG(i->cert), STR_ARG(i->key));
    for (size_t n = 0; n < sizeof ports / sizeof ports[0]; n++)
        if (!ports[n].tls_at_once || i->cert.n)
            write_listener(out, i, &ports[n]);
}

static enum code write_file(struct ctx *cx, struct str path, struct str text)
{
    int fd = open(str_zdup(cx->arena, path), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd < 0)
        return fail(cx, errno == EEXIST ? E_EXISTS : E_IO, "%.*s: %s", STR_ARG(path),
                    strerror(errno));
    bool written = write(fd, text.p, text.n) == (ssize_t)text.n && fsync(fd) == 0;
    if (close(fd) != 0 || !written)
        return fail(cx, E_IO, "%.*s: cannot be written: %s", STR_ARG(path), strerror(errno));
    return OK;
}

int init_run(struct ctx *cx, struct args *args)
{
    struct init i;
    enum code code = read_words(cx, args, &i);
    if (code == OK && mkdir(str_zdup(cx->arena, i.data), 0750) != 0 && errno != EEXIST)
        code = fail(cx, E_IO, "%.*s: %s", STR_ARG(i.data), strerror(errno));
    if (code == OK) {
        struct buf text = buf_of(cx->arena, FILE_MAX);
        write_config(&text, &i);
        code = write_file(cx, i.file, buf_str(&text));
    }
    if (code != OK) {
        fprintf(stderr, "postroad init: %s\n", cx->err.what);
        return control_exit_status(code);
    }
    printf("wrote %.*s; now: postroad serve --config %.*s\n", STR_ARG(i.file), STR_ARG(i.file));
    return 0;
}
