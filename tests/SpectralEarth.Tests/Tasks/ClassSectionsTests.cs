using SpectralEarth.Reports;
using SpectralEarth.Spectra;
using SpectralEarth.Tasks;
using SpectralEarth.Tasks.Finetuning.Kinds;
using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Tests.Tasks;

public sealed class ClassSectionsTests
{
    [Test]
    public void Undefined_scores_have_no_bar_and_average_precision_stands_in_the_table()
    {
        var classes = new ClassTable([new LabelClass(1, "roof", "#c8281e"), new LabelClass(2, "water", "#2166ac")]);
        var store = new MultiLabelStore(classes);
        store.Add([0.9f, 0.1f], [true, false]);
        store.Add([0.7f, 0.2f], [false, false]);
        var scores = (MultiLabelScores)((IScoreStore)store).All()!;
        var page = new ReportPage("Report");

        ClassSections.AddScores(page, scores.PerClass, classes, "Present", "Predicted", "test", scores.AveragePrecisions);

        var html = page.ToHtml();
        Assert.That(html, Does.Contain(">Average precision</th>").And.Contain(">1.000</td></tr>").And.Contain("></td></tr>"));
        Assert.That(html, Does.Contain(Bars("Average precision", 1)).And.Contain(Bars("F1", 2 / 3.0)));

        string Bars(string score, double ofRoof) => Convert.ToBase64String(Charts.Bars($"{score} per class", score,
            [new("roof", ofRoof, classes[0].ToRgb()), new("water", null, classes[1].ToRgb())]));
    }
}
