// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/prioritymutex.h"

namespace continuo {

PriorityMutex::PriorityMutex()
{
    pthread_mutexattr_t attributes;
    ::pthread_mutexattr_init(&attributes);
    // Refused by no Linux since 2.6.18; without it, it is a mutex like any other.
    ::pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    ::pthread_mutex_init(&m_mutex, &attributes);
    ::pthread_mutexattr_destroy(&attributes);
}

PriorityMutex::~PriorityMutex()
{
    ::pthread_mutex_destroy(&m_mutex);
}

} // namespace continuo
