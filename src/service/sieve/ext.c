#include "service/sieve/ext.h"
#include "base/buf.h"
#include "service/sieve.h"

/* Sorted by name where nothing speaks against it; the order is the one that is advertised. */
static const struct str names[EXT_COUNT] = {
    [EXT_NONE] = {0},
    [EXT_BODY] = STR("body"),
    [EXT_CMP_CASEMAP] = STR("comparator-i;ascii-casemap"),
    [EXT_CMP_NUMERIC] = STR("comparator-i;ascii-numeric"),
    [EXT_CMP_OCTET] = STR("comparator-i;octet"),
    [EXT_CMP_UNICODE] = STR("comparator-i;unicode-casemap"),
    [EXT_CONVERT] = STR("convert"),
    [EXT_COPY] = STR("copy"),
    [EXT_DATE] = STR("date"),
    [EXT_DUPLICATE] = STR("duplicate"),
    [EXT_EDITHEADER] = STR("editheader"),
    [EXT_ENCLOSE] = STR("enclose"),
    [EXT_ENCODED] = STR("encoded-character"),
    [EXT_ENOTIFY] = STR("enotify"),
    [EXT_ENVELOPE] = STR("envelope"),
    [EXT_ENVELOPE_BY] = STR("envelope-deliverby"),
    [EXT_ENVELOPE_DSN] = STR("envelope-dsn"),
    [EXT_ENVIRONMENT] = STR("environment"),
    [EXT_EREJECT] = STR("ereject"),
    [EXT_EXTLISTS] = STR("extlists"),
    [EXT_EXTRACTTEXT] = STR("extracttext"),
    [EXT_FCC] = STR("fcc"),
    [EXT_FILEINTO] = STR("fileinto"),
    [EXT_FOREVERYPART] = STR("foreverypart"),
    [EXT_IHAVE] = STR("ihave"),
    [EXT_IMAP4FLAGS] = STR("imap4flags"),
    [EXT_IMAPSIEVE] = STR("imapsieve"),
    [EXT_INCLUDE] = STR("include"),
    [EXT_INDEX] = STR("index"),
    [EXT_MAILBOX] = STR("mailbox"),
    [EXT_MAILBOXID] = STR("mailboxid"),
    [EXT_MBOXMETADATA] = STR("mboxmetadata"),
    [EXT_MIME] = STR("mime"),
    [EXT_PROCESSCALENDAR] = STR("processcalendar"),
    [EXT_REDIRECT_BY] = STR("redirect-deliverby"),
    [EXT_REDIRECT_DSN] = STR("redirect-dsn"),
    [EXT_REGEX] = STR("regex"),
    [EXT_REJECT] = STR("reject"),
    [EXT_RELATIONAL] = STR("relational"),
    [EXT_REPLACE] = STR("replace"),
    [EXT_SERVERMETADATA] = STR("servermetadata"),
    [EXT_SPAMTEST] = STR("spamtest"),
    [EXT_SPAMTESTPLUS] = STR("spamtestplus"),
    [EXT_SPECIAL_USE] = STR("special-use"),
    [EXT_SUBADDRESS] = STR("subaddress"),
    [EXT_VACATION] = STR("vacation"),
    [EXT_VACATION_SECONDS] = STR("vacation-seconds"),
    [EXT_VARIABLES] = STR("variables"),
    [EXT_VIRUSTEST] = STR("virustest"),
};

struct str sieve_ext_name(enum sieve_ext ext)
{
    return names[ext];
}

enum sieve_ext sieve_ext_find(struct str name)
{
    for (unsigned i = EXT_NONE + 1; i < EXT_COUNT; i++)
        if (str_eq(names[i], name))
            return (enum sieve_ext)i;
    return EXT_NONE;
}

uint64_t sieve_extension_bit(struct str name)
{
    enum sieve_ext ext = sieve_ext_find(name);
    return ext == EXT_NONE ? 0 : UINT64_C(1) << ext;
}

struct str sieve_extensions(struct arena *a, uint64_t refused)
{
    struct buf b = buf_of(a, 4096);
    for (unsigned i = EXT_NONE + 1; i < EXT_COUNT; i++) {
        if (refused >> i & 1)
            continue;
        if (b.n)
            buf_byte(&b, ' ');
        buf_add(&b, names[i]);
    }
    must(!b.overflow);
    return buf_str(&b);
}
