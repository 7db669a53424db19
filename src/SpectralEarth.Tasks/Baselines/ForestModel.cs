using SpectralEarth.Randomness;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Baselines;

/// <summary>
/// A random forest (Breiman 2001): trees grown on pixels drawn with replacement, their leaves' class shares averaged. Features
/// are cut into 64 intervals with equally many training pixels. The result does not depend on the number of threads.
/// </summary>
/// <param name="trees">Number of trees.</param>
/// <param name="seed">Decides all draws.</param>
internal sealed class ForestModel(int trees, long seed) : ISampleModel
{
    private const int Intervals = 64;

    private float[][] limits = [];    // [F][intervals - 1], ascending
    private DecisionTree[] forest = [];
    private int classCount;

    /// <inheritdoc/>
    public void Fit(Tensor inputs, Tensor targets)
    {
        using var scope = NewDisposeScope();
        classCount = (int)targets.shape[1];
        var (pixels, features) = ((int)inputs.shape[0], (int)inputs.shape[1]);
        var columns = inputs.to_type(ScalarType.Float32).transpose(0, 1).contiguous().data<float>().ToArray();    // [F, M]
        byte[] known = [.. targets.argmax(1).data<long>().Select(label => (byte)label)];
        limits = new float[features][];
        var bins = new byte[features][];
        Parallel.For(0, features, feature =>
        {
            var column = columns.AsSpan(feature * pixels, pixels);
            limits[feature] = Limits(column);
            bins[feature] = new byte[pixels];
            for (var pixel = 0; pixel < pixels; pixel++)
                bins[feature][pixel] = Interval(limits[feature], column[pixel]);
        });
        forest = new DecisionTree[trees];
        Parallel.For(0, trees, tree =>
        {
            var random = new SeededRandom(seed, "forest", tree);
            var drawn = new int[pixels];
            for (var draw = 0; draw < pixels; draw++)
                drawn[draw] = random.NextInt(pixels);
            forest[tree] = new DecisionTree(bins, known, classCount, drawn, random);
        });
    }

    /// <inheritdoc/>
    public Tensor Answers(Tensor inputs)
    {
        using var scope = NewDisposeScope();
        var (pixels, features) = ((int)inputs.shape[0], (int)inputs.shape[1]);
        var values = inputs.contiguous().data<float>().ToArray();
        var shares = new float[pixels * classCount];
        Parallel.For(0, pixels, () => new byte[features], (pixel, _, bins) =>
        {
            for (var feature = 0; feature < features; feature++)
                bins[feature] = Interval(limits[feature], values[(pixel * features) + feature]);
            var sums = shares.AsSpan(pixel * classCount, classCount);
            foreach (var tree in forest)
                tree.AddShares(bins, sums);
            return bins;
        }, _ => { });
        return tensor(shares, [pixels, classCount]).div_(trees).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => forest = [];

    private static float[] Limits(ReadOnlySpan<float> column)
    {
        var ascending = column.ToArray();
        Array.Sort(ascending);
        return [.. Enumerable.Range(1, Intervals - 1).Select(cut => ascending[(long)cut * ascending.Length / Intervals]).Distinct()];
    }

    /// <summary>Number of limits that a value exceeds.</summary>
    private static byte Interval(float[] limits, float value)
    {
        var place = Array.BinarySearch(limits, value);
        return (byte)(place >= 0 ? place : ~place);
    }
}
