#include "helper/cage.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* All that is allowed. mmap and mprotect: without PROT_EXEC. */
static const int allowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(pread64),
    SCMP_SYS(lseek),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(close),
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(getrandom),
    SCMP_SYS(sched_yield),
    SCMP_SYS(restart_syscall),
};

static bool limit(int what, rlim_t n)
{
    const struct rlimit l = {n, n};
    return setrlimit((__rlimit_resource_t)what, &l) == 0;
}

static bool limits(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    bool memory = true; /* the sanitizers' shadows take terabytes of addresses */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    bool memory = true;
#else
    bool memory = limit(RLIMIT_AS, (rlim_t)CAGE_MEMORY_MB << 20);
#endif
#else
    bool memory = limit(RLIMIT_AS, (rlim_t)CAGE_MEMORY_MB << 20);
#endif
    return memory && limit(RLIMIT_CPU, CAGE_CPU_S) && limit(RLIMIT_FSIZE, 0) &&
           limit(RLIMIT_CORE, 0) && limit(RLIMIT_NPROC, 0);
}

static bool rules(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp no_exec = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
        if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0) != 0)
            return false;
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, &no_exec) == 0 &&
           seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, &no_exec) == 0;
}

#define OPEN_FOR_READING_MASK ((unsigned)(O_ACCMODE | O_CREAT | O_TRUNC | O_TMPFILE | O_PATH))

static const char *const font_folders[] = {"/usr/share/fonts", "/usr/local/share/fonts",
                                           "/usr/share/poppler"};

static bool allow_folder(int ruleset, const char *path)
{
    struct landlock_path_beneath_attr rule = {.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE};
    rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0)
        return errno == ENOENT;
    long failed = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(rule.parent_fd);
    return failed == 0;
}

/* Of all files, those of fonts alone can be read from here on. False: the kernel does not do it. */
static bool only_fonts(void)
{
    /* all that its first version knows: what is not handled would be allowed */
    const struct landlock_ruleset_attr attr = {.handled_access_fs =
                                                   (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1};
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
    bool good = ruleset >= 0;
    for (size_t i = 0; good && i < sizeof font_folders / sizeof *font_folders; i++)
        good = allow_folder(ruleset, font_folders[i]);
    good = good && syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    if (ruleset >= 0)
        close(ruleset);
    return good;
}

static bool lock(bool fonts)
{
    const struct scmp_arg_cmp reading =
        SCMP_A2(SCMP_CMP_MASKED_EQ, OPEN_FOR_READING_MASK, O_RDONLY);
    if (!limits() || prctl(PR_SET_DUMPABLE, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return false;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!filter)
        return false;
    bool locked = rules(filter);
    if (locked && fonts && only_fonts())
        locked = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1, &reading) == 0;
    locked = locked && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return locked;
}

bool cage_lock(void)
{
    return lock(false);
}

bool cage_lock_to_fonts(void)
{
    return lock(true);
}
