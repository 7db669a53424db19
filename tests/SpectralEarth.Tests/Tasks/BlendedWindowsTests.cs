using SpectralEarth.Shards.Loading;
using SpectralEarth.Tasks.Mapping;

namespace SpectralEarth.Tests.Tasks;

public sealed class BlendedWindowsTests
{
    private const short NoData = -32768;

    [TestCase(16)]
    [TestCase(9)]
    [TestCase(128)]
    public void Half_overlapping_weights_add_up_evenly(int windowSize)
    {
        var weights = WindowGrid.Weights(windowSize);
        var half = windowSize / 2;

        Assert.That(weights, Is.All.GreaterThan(0));
        if (windowSize % 2 == 0)
            Assert.That(Enumerable.Range(0, half).Select(i => weights[i] + weights[i + half]), Is.All.EqualTo(1).Within(1e-6));
    }

    [TestCase(100, 16, 8, 0)]
    [TestCase(100, 16, 8, 3)]
    [TestCase(17, 16, 8, 0)]
    [TestCase(17, 16, 8, 5)]
    [TestCase(16, 16, 8, 0)]
    [TestCase(64, 16, 16, 0)]
    public void Windows_cover_the_axis_and_stay_inside(int length, int windowSize, int stride, int offset)
    {
        var starts = WindowGrid.Starts(length, windowSize, stride, offset);

        Assert.That(starts[0], Is.Zero);
        Assert.That(starts[^1] + windowSize, Is.EqualTo(length));
        Assert.That(starts.Zip(starts.Skip(1), (a, b) => b - a), Is.All.InRange(1, stride));
    }

    [Test]
    public void A_perfect_classifier_gives_the_truth_everywhere_and_probabilities_add_up_to_one()
    {
        var scene = new SmoothScene(53, 47);

        var (classes, probabilitySums) = Map(scene, new SmoothClassifier(16, wobble: 0), overlap: 0.5, batchSize: 4);

        Assert.That(classes, Is.EqualTo(scene.Truth()));
        Assert.That(probabilitySums.Where((_, pixel) => scene.Validity[pixel] == 1), Is.All.EqualTo(1).Within(1e-5));
    }

    [Test]
    public void Invalid_pixels_have_no_probabilities()
    {
        var scene = new SmoothScene(40, 40);
        scene.Validity.AsSpan(0, 700).Clear();

        var (_, probabilitySums) = Map(scene, new SmoothClassifier(16, wobble: 0), overlap: 0.5, batchSize: 4);

        Assert.That(probabilitySums.Take(700), Is.All.Zero);
    }

    [TestCase(5, 7)]
    [TestCase(30, 7)]
    [TestCase(7, 30)]
    public void A_scene_smaller_than_a_window_is_padded_with_invalid_pixels(int width, int height)
    {
        var scene = new SmoothScene(width, height);
        var classifier = new SmoothClassifier(16, wobble: 0);

        var (classes, _) = Map(scene, classifier, overlap: 0.5, batchSize: 4);

        Assert.That(classes, Is.EqualTo(scene.Truth()));
        Assert.That(classifier.SawPadding, Is.True);
    }

    [Test]
    public void Two_window_offsets_give_the_same_classes_for_999_of_1000_pixels()
    {
        // The stand-in errs towards the window edges, as networks do; blending must hide where the windows lay.
        var blended = AgreementOfTwoOffsets(overlap: 0.5);
        var tiled = AgreementOfTwoOffsets(overlap: 0);

        Assert.That(blended, Is.GreaterThanOrEqualTo(0.999));
        Assert.That(tiled, Is.LessThan(0.999), "Without overlap the seams must show, or this test shows nothing.");
    }

    [Test]
    public void The_batch_size_does_not_change_a_single_bit()
    {
        var scene = new SmoothScene(90, 70);

        var (_, one) = Map(scene, new SmoothClassifier(16, wobble: 0.1f), overlap: 0.5, batchSize: 1);
        var (_, many) = Map(scene, new SmoothClassifier(16, wobble: 0.1f), overlap: 0.5, batchSize: 64);

        Assert.That(many, Is.EqualTo(one));
    }

    [Test]
    public void Each_pixel_is_read_once()
    {
        var scene = new SmoothScene(60, 90);

        Map(scene, new SmoothClassifier(16, wobble: 0), overlap: 0.75, batchSize: 4);

        Assert.That(scene.RowsRead, Is.EqualTo(Enumerable.Range(0, 90)));
    }

    [Test]
    public void Windows_without_valid_pixels_are_not_classified()
    {
        var scene = new SmoothScene(64, 64);
        scene.Validity.AsSpan(32 * 64).Clear();
        var classifier = new SmoothClassifier(16, wobble: 0);

        Map(scene, classifier, overlap: 0, batchSize: 4);

        Assert.That(classifier.Windows, Is.EqualTo(8));
    }

    [Test]
    public void Cancelling_stops_the_map()
    {
        using var cancel = new CancellationTokenSource();
        var scene = new SmoothScene(64, 64);
        var blending = new BlendedWindows(new SmoothClassifier(16, 0), 64, 64, new WindowLayout(0.5, 4), NoData, scene.Read);
        using var rows = blending.Rows(cancel.Token).GetEnumerator();
        rows.MoveNext();

        cancel.Cancel();

        Assert.That(() => rows.MoveNext(), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void A_read_that_fails_ahead_ends_the_map_with_its_reason()
    {
        var scene = new SmoothScene(64, 64);
        void Read(int first, int rows, Span<short> pixels, Span<byte> validity)
        {
            if (first > 0)
                throw new IOException("row 16 is damaged");
            scene.Read(first, rows, pixels, validity);
        }

        var blending = new BlendedWindows(new SmoothClassifier(16, 0), 64, 64, new WindowLayout(0.5, 4), NoData, Read);

        Assert.That(() => blending.Rows(CancellationToken.None).Count(), Throws.TypeOf<IOException>().With.Message.EqualTo("row 16 is damaged"));
    }

    private static double AgreementOfTwoOffsets(double overlap)
    {
        var scene = new SmoothScene(203, 190);
        var (first, _) = Map(scene, new SmoothClassifier(32, wobble: 0.012f), overlap, batchSize: 8);
        var (second, _) = Map(scene, new SmoothClassifier(32, wobble: 0.012f), overlap, batchSize: 8, offset: 5);
        return (double)first.Zip(second).Count(pixel => pixel.First == pixel.Second) / first.Length;
    }

    private static (byte[] Classes, float[] ProbabilitySums) Map(SmoothScene scene, SmoothClassifier classifier, double overlap, int batchSize, int offset = 0)
    {
        var blending = new BlendedWindows(classifier, scene.Width, scene.Height, new WindowLayout(overlap, batchSize, offset), NoData, scene.Read);
        var classes = new byte[scene.Width * scene.Height];
        var sums = new float[classes.Length];
        var next = 0;
        foreach (var rows in blending.Rows(CancellationToken.None))
        {
            Assert.That(rows.FirstRow, Is.EqualTo(next));
            next += rows.Rows;
            var area = rows.Rows * scene.Width;
            for (var pixel = 0; pixel < area; pixel++)
            {
                var (zero, one) = (rows.Probabilities[pixel], rows.Probabilities[area + pixel]);
                classes[(rows.FirstRow * scene.Width) + pixel] = (byte)(one > zero ? 1 : 0);
                sums[(rows.FirstRow * scene.Width) + pixel] = zero + one;
            }
        }

        Assert.That(next, Is.EqualTo(scene.Height));
        return (classes, sums);
    }

    /// <summary>One band that waves smoothly over the scene; class 1 where it is positive.</summary>
    private sealed class SmoothScene(int width, int height)
    {
        public int Width => width;
        public int Height => height;
        public byte[] Validity { get; } = [.. Enumerable.Repeat((byte)1, width * height)];
        public List<int> RowsRead { get; } = [];

        public byte[] Truth() => [.. Enumerable.Range(0, width * height).Select(pixel => (byte)(Value(pixel / width, pixel % width) > 0 ? 1 : 0))];

        public void Read(int first, int rows, Span<short> pixels, Span<byte> validity)
        {
            RowsRead.AddRange(Enumerable.Range(first, rows));
            Validity.AsSpan(first * width, rows * width).CopyTo(validity);
            for (var pixel = 0; pixel < rows * width; pixel++)
                pixels[pixel] = Value(first + (pixel / width), pixel % width);
        }

        private static short Value(int row, int column) => (short)(1000 * (Math.Sin(column / 17.0) + Math.Cos(row / 13.0) + 0.0123));
    }

    /// <summary>Probability of class 1 = logistic function of the pixel, plus an error that grows towards the window edges.</summary>
    private sealed class SmoothClassifier(int windowSize, float wobble) : IWindowClassifier
    {
        public int Classes => 2;
        public int WindowSize => windowSize;
        public int Channels => 1;
        public bool SawPadding { get; private set; }
        public int Windows { get; private set; }

        public float[] Probabilities(PatchBatch windows)
        {
            var area = windowSize * windowSize;
            var probabilities = new float[windows.Indices.Length * 2 * area];
            Windows += windows.Indices.Length;
            for (var index = 0; index < windows.Validity.Length; index++)
            {
                var (sample, pixel) = Math.DivRem(index, area);
                if (windows.Validity[index] == 0)
                {
                    SawPadding |= windows.Pixels[index] == NoData;
                    continue;
                }

                var (row, column) = Math.DivRem(pixel, windowSize);
                var (down, right) = ((row / (windowSize / 2f)) - 1, (column / (windowSize / 2f)) - 1);
                var error = wobble * ((down * down * down) + (right * right * right));
                var one = Math.Clamp((float)(1 / (1 + Math.Exp(-windows.Pixels[index] / 300.0))) + error, 0, 1);
                probabilities[(sample * 2 * area) + pixel] = 1 - one;
                probabilities[(((sample * 2) + 1) * area) + pixel] = one;
            }

            return probabilities;
        }
    }
}
