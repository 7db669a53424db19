using SpectralEarth.Randomness;
using SpectralEarth.Tasks;
using SpectralEarth.Tasks.Metrics;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Tasks.Metrics;

public sealed class BootstrapTests
{
    [Test]
    public void The_interval_of_a_mean_error_has_the_width_that_theory_gives()
    {
        // Absolute errors of a normal distribution: mean 0.798, deviation 0.603.
        const int patches = 400;
        var random = new SeededRandom(3, "errors", 0);
        var store = new RegressionStore(["a"]);
        for (var patch = 0; patch < patches; patch++)
            store.Add([random.NextNormal()], [0.0]);

        var interval = Bootstrap.Intervals(store, seed: 1)["mean_absolute_error"];

        var width = 2 * 1.96 * 0.603 / Math.Sqrt(patches);
        Assert.That(interval.High - interval.Low, Is.EqualTo(width).Within(0.15 * width));
        Assert.That(((RegressionScores)((IScoreStore)store).All()!).MeanAbsoluteError, Is.InRange(interval.Low, interval.High));
    }

    [Test]
    public void Intervals_depend_on_the_seed_only()
    {
        var store = new RegressionStore(["a"]);
        for (var patch = 0; patch < 20; patch++)
            store.Add([patch % 7], [3.0]);

        var (first, again, other) = (Rmse(5), Rmse(5), Rmse(6));

        Assert.That(again, Is.EqualTo(first));
        Assert.That(other, Is.Not.EqualTo(first));

        ScoreInterval Rmse(long seed) => Bootstrap.Intervals(store, seed)["rmse"];
    }

    [Test]
    public void A_single_patch_and_undefined_scores_have_no_interval()
    {
        var (single, constant) = (new RegressionStore(["a"]), new RegressionStore(["a"]));
        single.Add([1.0], [2.0]);
        constant.Add([1.0], [2.0]);
        constant.Add([1.5], [2.0]);

        Assert.That(Bootstrap.Intervals(single, seed: 1), Is.Empty);
        Assert.That(Bootstrap.Intervals(constant, seed: 1), Does.ContainKey("rmse").And.Not.ContainKey("r2"));
    }

    [Test]
    public void A_class_that_is_mapped_but_nowhere_labelled_counts_0_in_every_draw()
    {
        // The third class is mapped in one of eight patches, which a third of the draws lack.
        var (classes, areLabelled) = (new ClassTable(LabelledDataset.Classes), new[] { true, false, false });
        var (segmentation, labels) = (new ConfusionStore(classes), new MultiLabelStore(classes));
        for (var patch = 0; patch < 8; patch++)
        {
            var matrix = new ConfusionMatrix(3);
            matrix.Add([0, 0, 1, 1], [0, (byte)(patch % 2), 1, (byte)(patch == 0 ? 2 : 1)]);
            segmentation.Add(matrix);
            labels.Add([0.9f, 0.1f, patch == 0 ? 0.9f : 0.1f], areLabelled);
        }

        var (ofPixels, ofPatches) = (Bootstrap.Intervals(segmentation, seed: 1), Bootstrap.Intervals(labels, seed: 1));

        Assert.That(ofPixels["macro_f1"], Is.EqualTo(ofPixels["macro_f1_all_classes"]), "all three classes occur");
        Assert.That(ofPixels["mean_iou"], Is.EqualTo(ofPixels["mean_iou_all_classes"]));
        Assert.That((ofPatches["macro_f1"].Low, ofPatches["macro_f1"].High), Is.EqualTo((0.5, 0.5)), "the first class is always right, the third never");
    }

    [Test]
    public void A_class_whose_labels_a_draw_lacks_is_left_out_of_that_draw()
    {
        // A quarter of the draws holds the second patch only, where one pixel of the second class is mapped as the first.
        var classes = new ClassTable(LabelledDataset.Classes);
        var (segmentation, labels) = (new ConfusionStore(classes), new MultiLabelStore(classes));
        foreach (byte[] mapped in (byte[][])[[0, 0, 0, 0], [1, 1, 1, 0]])
        {
            var matrix = new ConfusionMatrix(3);
            matrix.Add([.. Enumerable.Repeat(mapped[0], 4)], mapped);
            segmentation.Add(matrix);
        }

        labels.Add([0.9f, 0.1f, 0.1f], [true, false, false]);
        labels.Add([0.9f, 0.9f, 0.1f], [false, true, false]);

        var (ofPixels, ofPatches) = (Bootstrap.Intervals(segmentation, seed: 1), Bootstrap.Intervals(labels, seed: 1));

        Assert.That((ofPixels["macro_f1"].Low, ofPixels["mean_iou"].Low), Is.EqualTo((6.0 / 7, 3.0 / 4)), "of the second class alone");
        Assert.That(ofPixels["macro_f1_all_classes"].Low, Is.EqualTo(3.0 / 7).Within(1e-12), "of the second class and the third, which nothing shows");
        Assert.That(ofPatches["macro_f1"].Low, Is.EqualTo(((2.0 / 3) + 1) / 2).Within(1e-12), "of the draw with both patches");
    }

    [Test]
    public void Values_that_are_no_numbers_are_refused() =>
        Assert.That(() => new RegressionStore(["pH"]).Add([double.NaN], [1.0]), Throws.ArgumentException.With.Message.Contains("pH").And.Message.Contains("NaN"));
}
