/* Tries what a helper in its cage must not be able to do. hostile WHAT: status 0 when it could, 1
   when it could not. */
#include "helper/cage.h"
#include "helper/serve.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BLOCK = 1 << 20 };

static bool opens(void)
{
    return open("/etc/passwd", O_RDONLY) >= 0;
}

static bool writes(void)
{
    return open("/tmp/hostile", O_WRONLY | O_CREAT, 0600) >= 0;
}

/* What no font is, also by a way around. */
static bool lists(void)
{
    return open("/usr/share/fonts/../../../etc/passwd", O_RDONLY) >= 0 ||
           open("/proc/self/environ", O_RDONLY) >= 0 || open("/", O_RDONLY | O_DIRECTORY) >= 0 ||
           open("/dev/zero", O_RDONLY) >= 0 || open("/usr/share/fonts/x", O_RDWR) >= 0;
}

static bool connects(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) >= 0 || socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}

static bool forks(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    return child > 0;
}

static bool executes(void)
{
    char *const argv[] = {(char[]){"sh"}, NULL};
    execv("/bin/sh", argv);
    return false;
}

static bool makes_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) != MAP_FAILED;
}

static bool allocates(void)
{
    for (size_t mib = 0; mib < 4096; mib++) {
        char *block = malloc(BLOCK);
        if (!block)
            return false;
        memset(block, 1, BLOCK);
    }
    return true;
}

static bool loops(void)
{
    volatile unsigned n = 0;
    while (n + 1)
        n &= 1;
    return true;
}

static bool talks(void)
{
    static char block[BLOCK];
    while (write(STDOUT_FILENO, block, sizeof block) > 0)
        continue;
    return false;
}

static bool dies(void)
{
    abort();
}

static bool speaks(void)
{
    char block[100];
    ssize_t n = read(STDIN_FILENO, block, sizeof block);
    return n > 0 && write(STDOUT_FILENO, block, (size_t)n) == n;
}

/* As a reader that a document has taken over: tests/helper/preview.c. */
static bool forges(void)
{
    static const char page[] = "<p>a</p><script src=//far.example></script>";
    return write(STDOUT_FILENO, page, sizeof page - 1) > 0;
}

static const struct {
    const char *what;
    bool (*tries)(void);
} acts[] = {
    {"open", opens},      {"write", writes},     {"socket", connects},   {"fork", forks},
    {"exec", executes},   {"code", makes_code},  {"memory", allocates},  {"loop", loops},
    {"list", lists},      {"talk", talks},       {"die", dies},          {"speak", speaks},
    {"html-rtf", forges}, {"pdf-pages", forges}, {"pdf-page-1", forges}, {"rtf", talks},
    {"pdf", loops},
};

static int act(const char *what)
{
    bool fonts = strncmp(what, "fonts-", strlen("fonts-")) == 0;
    if (!(fonts ? cage_lock_to_fonts() : cage_lock()))
        return 2;
    if (fonts)
        what += strlen("fonts-");
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++)
        if (strcmp(what, acts[i].what) == 0)
            return acts[i].tries() ? 0 : 1;
    return 3;
}

int main(int count, char **words)
{
    if (count != 2)
        return 2;
    if (strcmp(words[1], "serve") == 0)
        return helper_serve(act);
    _exit(act(words[1]));
}
