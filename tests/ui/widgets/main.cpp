// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/widgets/tst_elidedlabel.h"
#include "tests/ui/widgets/tst_levels.h"
#include "tests/ui/widgets/tst_onairlamp.h"
#include "tests/ui/widgets/tst_playlistview.h"
#include "tests/ui/widgets/tst_theme.h"

#include "ui/widgets/levelwidget.h"

#include <QApplication>
#include <QTest>

int main(int argc, char **argv)
{
    const QApplication application(argc, argv);
    continuo::installLevelAccessibility();
    int failed = 0;
    const auto run = [&](QObject &&test) { failed += QTest::qExec(&test, argc, argv); };
    run(ElidedLabelTest());
    run(LevelsTest());
    run(OnAirLampTest());
    run(PlaylistViewTest());
    run(ThemeTest());
    return failed == 0 ? 0 : 1;
}
