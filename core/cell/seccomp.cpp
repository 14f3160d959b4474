// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cell/walls.h"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>
#include <memory>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

using Filter = std::unique_ptr<void, decltype([](scmp_filter_ctx filter) {
                                   if (filter)
                                       seccomp_release(filter);
                               })>;

// What is open is read, written and told apart; memory, time, threads. Nothing that takes a path,
// an address or a process.
constexpr std::initializer_list<int> kAllowed{SCMP_SYS(read),
                                              SCMP_SYS(pread64),
                                              SCMP_SYS(readv),
                                              SCMP_SYS(preadv),
                                              SCMP_SYS(write),
                                              SCMP_SYS(writev),
                                              SCMP_SYS(lseek),
                                              SCMP_SYS(fstat),
                                              SCMP_SYS(fadvise64),
                                              SCMP_SYS(close),
                                              SCMP_SYS(sendmsg),
                                              SCMP_SYS(sendto),
                                              SCMP_SYS(recvmsg),
                                              SCMP_SYS(recvfrom),
                                              SCMP_SYS(shutdown),
                                              SCMP_SYS(poll),
                                              SCMP_SYS(ppoll),
                                              SCMP_SYS(select),
                                              SCMP_SYS(pselect6),
                                              SCMP_SYS(brk),
                                              SCMP_SYS(munmap),
                                              SCMP_SYS(mremap),
                                              SCMP_SYS(msync),
                                              SCMP_SYS(mincore),
                                              SCMP_SYS(futex),
                                              SCMP_SYS(set_robust_list),
                                              SCMP_SYS(rseq),
                                              SCMP_SYS(membarrier),
                                              SCMP_SYS(gettid),
                                              SCMP_SYS(getpid),
                                              SCMP_SYS(getppid),
                                              SCMP_SYS(getuid),
                                              SCMP_SYS(geteuid),
                                              SCMP_SYS(getgid),
                                              SCMP_SYS(getegid),
                                              SCMP_SYS(uname),
                                              SCMP_SYS(sysinfo),
                                              SCMP_SYS(getrusage),
                                              SCMP_SYS(times),
                                              SCMP_SYS(getrandom),
                                              SCMP_SYS(getcpu),
                                              SCMP_SYS(sched_yield),
                                              SCMP_SYS(sched_getaffinity),
                                              SCMP_SYS(sched_getparam),
                                              SCMP_SYS(sched_getscheduler),
                                              SCMP_SYS(clock_gettime),
                                              SCMP_SYS(clock_getres),
                                              SCMP_SYS(clock_nanosleep),
                                              SCMP_SYS(gettimeofday),
                                              SCMP_SYS(nanosleep),
                                              SCMP_SYS(time),
                                              SCMP_SYS(restart_syscall),
                                              SCMP_SYS(rt_sigaction),
                                              SCMP_SYS(rt_sigprocmask),
                                              SCMP_SYS(rt_sigreturn),
                                              SCMP_SYS(sigaltstack),
                                              SCMP_SYS(exit),
                                              SCMP_SYS(exit_group)};

int allow(scmp_filter_ctx filter, int call, std::initializer_list<scmp_arg_cmp> conditions)
{
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, unsigned(conditions.size()),
                                  conditions.begin());
}

scmp_arg_cmp is(unsigned argument, std::uint64_t value)
{
    return {argument, SCMP_CMP_EQ, value, 0};
}

// That the bits in \p mask are those of \p value.
scmp_arg_cmp has(unsigned argument, std::uint64_t mask, std::uint64_t value)
{
    return {argument, SCMP_CMP_MASKED_EQ, mask, value};
}

int addRules(scmp_filter_ctx filter)
{
    int worst = 0;
    const auto note = [&worst](int result) { worst = std::min(worst, result); };
    for (const int call : kAllowed)
        note(allow(filter, call, {}));
    // A thread, not a process. Its flags in clone3 lie in memory, where a filter cannot look.
    note(allow(filter, SCMP_SYS(clone), {has(0, CLONE_THREAD, CLONE_THREAD)}));
    note(seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0));
    // Memory that is code cannot be made.
    note(allow(filter, SCMP_SYS(mmap), {has(2, PROT_EXEC, 0)}));
    note(allow(filter, SCMP_SYS(mprotect), {has(2, PROT_EXEC, 0)}));
    // Not MADV_REMOVE, which would punch holes into the frame store.
    for (const int advice :
         {MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED, MADV_DONTNEED, MADV_FREE,
          MADV_HUGEPAGE, MADV_NOHUGEPAGE, MADV_DONTDUMP, MADV_DODUMP})
        note(allow(filter, SCMP_SYS(madvise), {is(2, std::uint64_t(advice))}));
    // Flags of a descriptor are shared with whoever else has it open: they are not changed.
    for (const int command : {F_GETFD, F_GETFL})
        note(allow(filter, SCMP_SYS(fcntl), {is(1, std::uint64_t(command))}));
    // fstat() of the C library; a path beside it leads nowhere behind the other walls.
    note(allow(filter, SCMP_SYS(newfstatat), {is(3, AT_EMPTY_PATH)}));
    note(allow(filter, SCMP_SYS(tgkill), {is(0, std::uint64_t(::getpid()))}));
    note(allow(filter, SCMP_SYS(prlimit64), {is(0, 0), is(2, 0)})); // asks
    note(allow(filter, SCMP_SYS(prctl), {is(0, PR_SET_NAME)}));
    note(allow(filter, SCMP_SYS(prctl), {is(0, PR_SET_VMA)}));
    if (kIsSanitized) {
        for (const int call : {SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(socketpair)})
            note(allow(filter, call, {}));
    }
    return worst;
}

} // namespace

Result<void> enterSeccomp()
{
    const Filter filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)));
    if (!filter)
        return Error{ErrorCode::NoSpace, u"no memory for the filter"_s, ENOMEM};
    int result = addRules(filter.get());
    // All threads, should there be more than this one; no privileges are needed.
    if (result == 0)
        result = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1);
    if (result == 0)
        result = seccomp_load(filter.get());
    if (result != 0)
        return errorFromErrno(-result, u"put the filter of system calls in force"_s);
    return {};
}

} // namespace continuo
