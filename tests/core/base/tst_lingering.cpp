// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/lingering.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;

namespace continuo {

class TestLingering final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void station_endsWithTheLastLogout_unlessItsUserLingers()
    {
        const QTemporaryDir lingering;
        const QString runtime = u"/run/user/1000/continuo"_s;
        QVERIFY(endsWithLastLogout(runtime, lingering.path()));
        QFile someoneElse(lingering.filePath(userName() + u"-not"_s));
        QVERIFY(someoneElse.open(QIODevice::WriteOnly));
        QVERIFY(endsWithLastLogout(runtime, lingering.path()));
        QFile own(lingering.filePath(userName()));
        QVERIFY(own.open(QIODevice::WriteOnly));
        QVERIFY(!endsWithLastLogout(runtime, lingering.path()));
    }

    void stationElsewhere_goesOn()
    {
        const QTemporaryDir lingering;
        QVERIFY(!endsWithLastLogout(u"/srv/station/run"_s, lingering.path()));
        QVERIFY(!endsWithLastLogout(u"/run/continuo-tv"_s, lingering.path()));
    }
};

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestLingering)
#include "tst_lingering.moc"
