using SpectralEarth.Testing;
using SpectralEarth.Training;
using SpectralEarth.Training.Monitoring;

namespace SpectralEarth.Tests.Training;

public sealed class MetricsFileTests
{
    [Test]
    public void Rows_read_back_exactly()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("metrics.csv");
        var report = Row(1) with { Loss = 1 / 3.0, GradientNorm = 1e-30, PatchesPerSecond = 2.5, DataWaitShare = 0.125, ResidentBytes = 3 << 20 };

        using (var metrics = MetricsFile.OpenAfter(path, 0))
            metrics.Write(report);

        Assert.That(MetricsFile.Read(path).Single(), Is.EqualTo(report));
    }

    [Test]
    public void Reopening_cuts_later_rows_and_a_torn_last_line()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("metrics.csv");
        using (var metrics = MetricsFile.OpenAfter(path, 0))
        {
            for (var step = 1; step <= 6; step++)
                metrics.Write(Row(step));
        }

        File.AppendAllText(path, "7,0.0");
        Assert.That(MetricsFile.Read(path), Has.Count.EqualTo(6));
        using (var metrics = MetricsFile.OpenAfter(path, 4))
            metrics.Write(Row(5) with { Loss = 99 });

        Assert.That(MetricsFile.Read(path).Select(row => (row.Step, row.Loss)),
            Is.EqualTo(new[] { (1L, 1.0), (2, 2.0), (3, 3.0), (4, 4.0), (5, 99.0) }));
    }

    [Test]
    public void Not_a_number_survives()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("metrics.csv");

        using (var metrics = MetricsFile.OpenAfter(path, 0))
            metrics.Write(Row(1) with { Loss = double.NaN, GradientNorm = double.PositiveInfinity });

        var row = MetricsFile.Read(path).Single();
        Assert.That((row.Loss, row.GradientNorm, row.IsFinite), Is.EqualTo((double.NaN, double.PositiveInfinity, false)));
    }

    [Test]
    public void Foreign_file_is_refused_and_left_alone()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("metrics.csv");
        File.WriteAllText(path, "a,b\n1,2\n");

        Assert.That(() => MetricsFile.OpenAfter(path, 0), Throws.TypeOf<InvalidDataException>().With.Message.Contains("metrics.csv"));
        Assert.That(File.ReadAllText(path), Is.EqualTo("a,b\n1,2\n"));
    }

    [TestCase("2,0.5,1.5", TestName = "Too few numbers")]
    [TestCase("2,0.5,x,1,1,1,1,1,1,1", TestName = "Not a number")]
    public void A_damaged_row_is_named(string row)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("metrics.csv"), $"{MetricsFile.Header}\n1,0.5,1,1,1,1,1,1,1,1\n{row}\n");

        Assert.That(() => MetricsFile.Read(folder.File("metrics.csv")),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("row 2").And.Message.Contains(row).And.Message.Contains("10 numbers"));
    }

    private static StepReport Row(long step) => new(step, step / 10.0, step, 1e-4, 2);
}
