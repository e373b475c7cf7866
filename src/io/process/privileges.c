#include "base/banned.h"
#include "io/process/process.h"
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

/* What no exec can ever give back to this process or its children. */
static enum code drop_bounding_set(struct ctx *cx)
{
    for (int cap = 0; cap <= CAP_LAST_CAP; cap++) {
        if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) != 1)
            continue;
        if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0)
            return fail(cx, E_DENIED, "capability %d: %s", cap, strerror(errno));
    }
    return OK;
}

static enum code become(struct ctx *cx, const char *user)
{
    errno = 0;
    struct passwd *p = getpwnam(user);
    if (!p)
        return fail(cx, E_NOT_FOUND, "no user \"%s\"%s%s", user, errno ? ": " : "",
                    errno ? strerror(errno) : "");
    uid_t uid = p->pw_uid;
    gid_t gid = p->pw_gid;
    if (uid == 0)
        return OK;
    TRY(drop_bounding_set(cx));
    if (initgroups(user, gid) != 0 || setresgid(gid, gid, gid) != 0 ||
        setresuid(uid, uid, uid) != 0)
        return fail(cx, E_DENIED, "become \"%s\": %s", user, strerror(errno));
    must(geteuid() == uid && setuid(0) != 0); /* there must be no way back */
    return OK;
}

enum code privileges_drop(struct ctx *cx, const char *user)
{
    if (user && geteuid() == 0)
        TRY(become(cx, user));
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return fail(cx, E_DENIED, "no_new_privs: %s", strerror(errno));
    return OK;
}
