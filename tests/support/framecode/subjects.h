// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <memory>

std::unique_ptr<QObject> makeModelTest();
std::unique_ptr<QObject> makeBarcodeTest();
std::unique_ptr<QObject> makeTonesTest();
std::unique_ptr<QObject> makePictureJudgeTest();
std::unique_ptr<QObject> makePlantedFaultsTest();
std::unique_ptr<QObject> makeTraitsTest();
std::unique_ptr<QObject> makeSegmentsTest();
