using System.Text.RegularExpressions;
using SpectralEarth.Shards;
using SpectralEarth.Training;
using SpectralEarth.Training.Runs;

namespace SpectralEarth.Tests.Training;

/// <summary>What report.html of a pretraining run shows, and when it is written.</summary>
public sealed class PretrainReportTests : PretrainFixture
{
    [Test]
    public void Report_tells_of_returns_to_a_checkpoint_and_marks_them_in_the_loss_chart()
    {
        using var run = TinyRecipe.Open(Folder.File("run"), Data);
        _ = run.Steps().Last();
        run.WriteReport();
        var calm = File.ReadAllText(run.Folder.ReportPath);

        ReturnRecord.Append(run.Folder.ReturnsPath, new StepReport(6, 2, 81.5, 1e-3, 12), "the loss, 81.5, has been high", returnedTo: 4, skipped: 2);
        Assert.That(run.WriteReport());

        var report = File.ReadAllText(run.Folder.ReportPath);
        Assert.That(calm, Does.Not.Contain("Returns to a checkpoint"));
        Assert.That(report, Does.Contain("Returns to a checkpoint").And.Contain("checkpoint once").And.Contain("the loss, 81.5, has been high"));
        Assert.That(Charts(report).Zip(Charts(calm)).Select(pair => pair.First == pair.Second).Take(2), Is.EqualTo(new[] { false, true }), "the loss chart has the mark");

        static IEnumerable<string> Charts(string html) => Regex.Matches(html, "data:image/png;base64,[^\"]+").Select(match => match.Value);
    }

    [TestCase("step\n", "the first line is \"step\"")]
    [TestCase(ReturnRecord.Header + "\nlate,8\n", "row 1 is \"late,8\"")]
    [TestCase(ReturnRecord.Header + "\n\"late\n", "a quote is never closed")]
    public void Damaged_record_of_returns_is_named(string text, string message)
    {
        File.WriteAllText(Folder.File("returns.csv"), text);

        Assert.That(() => ReturnRecord.Read(Folder.File("returns.csv")), Throws.InstanceOf<InvalidDataException>().With.Message.Contains("returns.csv: " + message));
    }

    [Test]
    public void Half_written_row_of_returns_is_left_out()
    {
        ReturnRecord.Append(Folder.File("returns.csv"), new StepReport(6, 2, double.NaN, 1e-3, double.NaN), "11 steps, in a row", returnedTo: 4, skipped: 2);
        File.AppendAllText(Folder.File("returns.csv"), "2026-01-01,9,\"half");

        Assert.That(ReturnRecord.Read(Folder.File("returns.csv")), Is.EqualTo(new[] { new RunReturn(6, double.NaN, double.NaN, "11 steps, in a row", 4, 2) }));
    }

    [Test]
    public void Report_written_while_the_run_goes_on_changes_nothing()
    {
        using (var run = TinyRecipe.Open(Folder.File("straight"), Data))
            _ = run.Steps().Last();
        using (var run = TinyRecipe.Open(Folder.File("reported"), Data))
        {
            run.ReportEvery = TimeSpan.Zero;
            foreach (var report in run.Steps())
                Assert.That(File.Exists(Folder.File("reported/report.html")), Is.EqualTo(report.Step >= 2), "from the first checkpoint on");
        }

        AssertSameTensors("straight", "reported");
    }

    [Test]
    public void Report_shows_different_places_and_says_their_dates()
    {
        var dated = TinyDataset.Write(Folder.File("dated"), patches: 4, dates: 2);
        using (var run = TinyRecipe.Open(Folder.File("run"), dated))
            run.WriteReport();

        var shown = Regex.Matches(File.ReadAllText(Folder.File("run/report.html")), @"Patch (\S+), 2024-0[67]-01 and its features\.").Select(match => match.Groups[1].Value);

        Assert.That(shown, Is.EqualTo(Dataset.Open(dated).Catalog.Select(patch => patch.LocationId).Distinct()));
    }

    [Test]
    public void Report_that_cannot_be_written_is_a_warning()
    {
        var log = new LogList();
        using var run = TinyRecipe.Open(Folder.File("run"), Data, log: log.Logger);
        Directory.CreateDirectory(Folder.File("run/report.html/x"));

        Assert.That(run.WriteReport(), Is.False);
        Assert.That(log.Warnings, Has.One.Contains("report could not be written"));
    }
}
