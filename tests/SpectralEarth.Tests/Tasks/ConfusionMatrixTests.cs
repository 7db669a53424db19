using SpectralEarth.Spectra;
using SpectralEarth.Tasks;
using SpectralEarth.Tasks.Metrics;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Tasks;

public sealed class ConfusionMatrixTests
{
    private static readonly ClassTable Classes = new(
        [.. Enumerable.Range(1, 4).Select(code => new LabelClass(code, $"class {code}", "#102030"))]);

    [Test]
    public void Scores_equal_scikit_learn_conventions_worked_out_in_fractions()
    {
        // Class 2 is never found, class 3 neither occurs nor is predicted.
        var matrix = Matrix([[50, 3, 2, 0], [4, 30, 0, 0], [1, 5, 0, 0], [0, 0, 0, 0]]);

        var scores = ConfusionScores.Of(matrix, Classes);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(scores.Pixels, Is.EqualTo(95));
            Assert.That(scores.OverallAccuracy, Is.EqualTo(0.8421052631578947).Within(1e-12));
            Assert.That(scores.AverageAccuracy, Is.EqualTo(0.5971479500891266).Within(1e-12));
            Assert.That(scores.Kappa, Is.EqualTo(0.6965502555366268).Within(1e-12));
            Assert.That(scores.MacroF1, Is.EqualTo(0.5808080808080808).Within(1e-12));
            Assert.That(scores.MacroF1AllClasses, Is.EqualTo(0.4356060606060606).Within(1e-12));
            Assert.That(scores.MeanIou, Is.EqualTo(0.5158730158730159).Within(1e-12));
            Assert.That(scores.MeanIouAllClasses, Is.EqualTo(0.3869047619047619).Within(1e-12));
            Assert.That(scores.MicroJaccard, Is.EqualTo(0.7272727272727273).Within(1e-12));
            Assert.That(scores.PerClass[1].Precision, Is.EqualTo(0.7894736842105263).Within(1e-12));
            Assert.That(scores.PerClass[1].Recall, Is.EqualTo(0.8823529411764706).Within(1e-12));
            Assert.That(scores.PerClass[1].F1, Is.EqualTo(0.8333333333333334).Within(1e-12));
            Assert.That(scores.PerClass[1].Iou, Is.EqualTo(0.7142857142857143).Within(1e-12));
            Assert.That(scores.PerClass[2].F1, Is.Zero);
        }
    }

    [Test]
    public void A_class_that_does_not_occur_has_no_scores_and_stays_out_of_the_means()
    {
        var matrix = Matrix([[9, 0, 0, 0], [0, 9, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]);

        var scores = ConfusionScores.Of(matrix, Classes);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(scores.PerClass[3], Has.Property("Precision").Null.And.Property("Recall").Null.And.Property("F1").Null);
            Assert.That(scores.MacroF1, Is.EqualTo(1));
            Assert.That(scores.MacroF1AllClasses, Is.EqualTo(0.5));
        }
    }

    [Test]
    public void A_class_that_is_predicted_but_absent_counts_as_zero()
    {
        var matrix = Matrix([[8, 2, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]);

        var scores = ConfusionScores.Of(matrix, Classes);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(scores.MacroF1, Is.EqualTo(0.5 * (16.0 / 18)).Within(1e-12));
            Assert.That(scores.AverageAccuracy, Is.EqualTo(0.8));
            Assert.That(scores.PerClass[1].Recall, Is.Null);
        }
    }

    [Test]
    public void Kappa_is_undefined_if_only_one_class_occurs()
    {
        var scores = ConfusionScores.Of(Matrix([[7, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]), Classes);

        Assert.That(scores.Kappa, Is.Null);
    }

    [Test]
    public void Ignored_pixels_are_not_counted_whatever_was_predicted_there()
    {
        var matrix = new ConfusionMatrix(2);

        matrix.Add([0, ConfusionMatrix.Ignore, 1], [0, 200, 0]);

        Assert.That((matrix.Total, matrix[0, 0], matrix[1, 0]), Is.EqualTo((2L, 1L, 1L)));
    }

    [Test]
    public void Batches_in_any_order_give_the_same_counts_as_all_pixels_at_once()
    {
        var random = new Random(3);
        var reference = Enumerable.Range(0, 999).Select(_ => (byte)random.Next(3)).ToArray();
        var predicted = Enumerable.Range(0, 999).Select(_ => (byte)random.Next(3)).ToArray();
        var whole = new ConfusionMatrix(3);
        whole.Add(reference, predicted);

        var parts = new ConfusionMatrix(3);
        var late = new ConfusionMatrix(3);
        late.Add(reference.AsSpan(500), predicted.AsSpan(500));
        parts.Add(late);
        parts.Add(reference.AsSpan(0, 500), predicted.AsSpan(0, 500));

        for (var i = 0; i < 3; i++)
            for (var j = 0; j < 3; j++)
                Assert.That(parts[i, j], Is.EqualTo(whole[i, j]));
    }

    [Test]
    public void An_index_beyond_the_classes_is_refused_and_nothing_is_counted()
    {
        var matrix = new ConfusionMatrix(2);

        Assert.That(() => matrix.Add([0, 2], [0, 0]), Throws.ArgumentException.With.Message.Contains("Pixel 1 has reference 2"));
        Assert.That(matrix.Total, Is.Zero);
    }

    [Test]
    public void An_empty_matrix_has_no_scores() =>
        Assert.That(() => ConfusionScores.Of(new ConfusionMatrix(4), Classes), Throws.ArgumentException.With.Message.Contains("No reference pixel"));

    [Test]
    public void The_majority_map_keeps_the_reference_counts()
    {
        var store = new ConfusionStore(Classes);
        store.Add(Matrix([[5, 1, 0, 0], [0, 2, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]));
        store.Add(Matrix([[0, 0, 0, 0], [2, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]));

        var majority = store.IfAlways(0).Total;

        Assert.That((majority[0, 0], majority[1, 0], majority[2, 0], majority.PredictedCount(0)), Is.EqualTo((6L, 4L, 1L, 11L)));
    }

    [Test]
    public void The_csv_names_rows_and_columns()
    {
        using var folder = new TemporaryFolder();
        var classes = new ClassTable([new LabelClass(1, "say \"grass\"", "#00ff00"), new LabelClass(2, "water", "#0000ff")]);
        var matrix = new ConfusionMatrix(2);
        matrix.Add([0, 0, 1], [0, 1, 1]);

        ScoreFiles.WriteCsv(folder.File("m.csv"), matrix, classes);

        Assert.That(File.ReadAllLines(folder.File("m.csv")), Is.EqualTo(
            new[] { "reference \\ predicted,\"say \"\"grass\"\"\",water", "\"say \"\"grass\"\"\",1,1", "water,0,1" }));
    }

    private static ConfusionMatrix Matrix(int[][] counts)
    {
        var matrix = new ConfusionMatrix(counts.Length);
        for (byte reference = 0; reference < counts.Length; reference++)
        {
            for (byte predicted = 0; predicted < counts.Length; predicted++)
            {
                var pixels = counts[reference][predicted];
                matrix.Add(Enumerable.Repeat(reference, pixels).ToArray(), Enumerable.Repeat(predicted, pixels).ToArray());
            }
        }

        return matrix;
    }
}
