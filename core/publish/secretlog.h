// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

namespace continuo {

/// Keeps a secret out of everything that is said while it lives. Any thread.
class SecretGuard final {
public:
    explicit SecretGuard(const QString &secret);
    ~SecretGuard();
    SecretGuard(const SecretGuard &) = delete;
    SecretGuard &operator=(const SecretGuard &) = delete;

private:
    QStringList m_texts;
};

/// \p text with every guarded secret (and each long part of one) replaced by "***".
QString withoutSecrets(QString text);

/// Sends libav's warnings and errors to lcPublish, without secrets: the same line once a minute, at
/// most 20 lines in 10 s. Call once in main().
void installSecretLog();
/// The first error that libav told in this thread since the last call, without secrets and without
/// the name of its part; empty when there was none. Often the only place where a server's reason
/// stands.
QString takeLibavError();

} // namespace continuo
