using SpectralEarth.Randomness;
using SpectralEarth.Spectra;
using SpectralEarth.Tasks;
using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Tests.Tasks.Metrics;

/// <summary>Scores equal those of scikit-learn, to the last digits that sums in another order leave.</summary>
public sealed class ScikitLearnTests
{
    private const double Tolerance = 1e-12;

    [Test]
    public void Scores_of_a_segmentation_are_those_of_scikit_learn()
    {
        var expected = ScikitLearn.Section("segmentation");
        var store = new ConfusionStore(Classes(7));
        // Patches of 100 pixels: sums over patches are the whole.
        foreach (var pixels in ScikitLearn.List<int>(expected, "truth").Zip(ScikitLearn.List<int>(expected, "guess")).Chunk(100))
        {
            var matrix = new ConfusionMatrix(7);
            matrix.Add(pixels.Select(pixel => (byte)pixel.First).ToArray(), pixels.Select(pixel => (byte)pixel.Second).ToArray());
            store.Add(matrix);
        }

        var scores = (ConfusionScores)((IScoreStore)store).All()!;

        using (Assert.EnterMultipleScope())
        {
            foreach (var score in scores.Summary)
                Assert.That(score.Value, Is.EqualTo(ScikitLearn.Number(expected, score.Key)).Within(Tolerance), score.Key);
            Assert.That(scores.MicroF1, Is.EqualTo(ScikitLearn.Number(expected, "micro_f1")).Within(Tolerance));
            Assert.That(scores.PerClass.Select(item => item.Precision ?? 0), Is.EqualTo(ScikitLearn.List<double>(expected, "precision")).Within(Tolerance));
            Assert.That(scores.PerClass.Select(item => item.Recall ?? 0), Is.EqualTo(ScikitLearn.List<double>(expected, "recall")).Within(Tolerance));
            Assert.That(scores.PerClass.Select(item => item.F1 ?? 0), Is.EqualTo(ScikitLearn.List<double>(expected, "f1")).Within(Tolerance));
            Assert.That(scores.PerClass.Select(item => item.Iou ?? 0), Is.EqualTo(ScikitLearn.List<double>(expected, "iou")).Within(Tolerance));
        }
    }

    [Test]
    public void Scores_of_sets_of_classes_are_those_of_scikit_learn()
    {
        var expected = ScikitLearn.Section("multi_label");
        var store = new MultiLabelStore(Classes(5));
        foreach (var (truth, scores) in ScikitLearn.Rows<int>(expected, "truth").Zip(ScikitLearn.Rows<double>(expected, "scores")))
            store.Add(scores.Select(score => (float)score).ToArray(), truth.Select(one => one == 1).ToArray());

        var found = (MultiLabelScores)((IScoreStore)store).All()!;

        using (Assert.EnterMultipleScope())
        {
            foreach (var score in found.Summary.Where(score => expected[score.Key] is not null))
                Assert.That(score.Value, Is.EqualTo(ScikitLearn.Number(expected, score.Key)).Within(Tolerance), score.Key);
            Assert.That(found.MicroPrecision, Is.EqualTo(ScikitLearn.Number(expected, "micro_precision")).Within(Tolerance));
            Assert.That(found.MicroRecall, Is.EqualTo(ScikitLearn.Number(expected, "micro_recall")).Within(Tolerance));
            Assert.That(found.MacroF1AllClasses, Is.EqualTo(ScikitLearn.Number(expected, "macro_f1_all_classes")).Within(Tolerance));
            Assert.That(found.MacroAveragePrecisionAllClasses, Is.EqualTo(ScikitLearn.Number(expected, "macro_average_precision_all_classes")).Within(Tolerance));
            Assert.That(found.AveragePrecisions.Select(item => item ?? 0), Is.EqualTo(ScikitLearn.List<double>(expected, "average_precision")).Within(Tolerance));
            Assert.That(found.AveragePrecisions[4], Is.Null, "class 4 is never present");
        }
    }

    [Test]
    public void Scores_of_numbers_are_those_of_scikit_learn()
    {
        var expected = ScikitLearn.Section("regression");
        var store = new RegressionStore(["a", "b", "c"]);
        foreach (var (truth, guess) in ScikitLearn.Rows<double>(expected, "truth").Zip(ScikitLearn.Rows<double>(expected, "guess")))
            store.Add(guess, truth);

        var scores = (RegressionScores)((IScoreStore)store).All()!;

        using (Assert.EnterMultipleScope())
        {
            foreach (var score in scores.Summary)
                Assert.That(score.Value, Is.EqualTo(ScikitLearn.Number(expected, score.Key)).Within(Tolerance), score.Key);
            Assert.That(scores.PerTarget.Select(item => item.R2!.Value), Is.EqualTo(ScikitLearn.List<double>(expected, "r2_per_target")).Within(Tolerance));
        }
    }

    [Test]
    public void A_patch_counted_twice_scores_like_two_equal_patches()
    {
        var expected = ScikitLearn.Section("multi_label");
        var (once, twice) = (new MultiLabelStore(Classes(5)), new MultiLabelStore(Classes(5)));
        foreach (var (truth, scores) in ScikitLearn.Rows<int>(expected, "truth").Zip(ScikitLearn.Rows<double>(expected, "scores")).Take(9))
        {
            foreach (var store in (MultiLabelStore[])[once, twice, twice])
                store.Add(scores.Select(score => (float)score).ToArray(), truth.Select(one => one == 1).ToArray());
        }

        Assert.That(once.ScoresOf([2, 2, 2, 2, 2, 2, 2, 2, 2])!.Summary, Is.EqualTo(((IScoreStore)twice).All()!.Summary));
        Assert.That(once.ScoresOf([0, 0, 0, 0, 0, 0, 0, 0, 0]), Is.Null);
    }

    [Test]
    public void Quantiles_are_numpys()
    {
        var expected = ScikitLearn.Section("quantiles");
        double[] ascending = [.. ScikitLearn.List<double>(expected, "values").Order()];

        Assert.That(ScikitLearn.List<double>(expected, "shares").Select(share => Bootstrap.Quantile(ascending, share)),
            Is.EqualTo(ScikitLearn.List<double>(expected, "quantiles")).Within(Tolerance));
    }

    [Test]
    public void Samples_are_those_of_pythons_generator()
    {
        foreach (var expected in ScikitLearn.Section("samples").AsArray())
        {
            var (population, count) = (expected!["population"]!.GetValue<int>(), expected["count"]!.GetValue<int>());

            Assert.That(new MersenneTwister(42).Sample(population, count), Is.EqualTo(ScikitLearn.List<int>(expected, "sample")), $"{count} of {population}");
        }
    }

    private static ClassTable Classes(int count) =>
        new([.. Enumerable.Range(1, count).Select(code => new LabelClass(code, $"class {code}", "#102030"))]);
}
