using SpectralEarth.Training;

namespace SpectralEarth.Tasks.Mapping;

/// <summary>Finished rows of a blended map.</summary>
/// <param name="FirstRow">First row in the scene.</param>
/// <param name="Rows">Number of rows.</param>
/// <param name="Probabilities">Class probabilities, [L, rows, width]; 0 where the pixel is invalid.</param>
/// <param name="Validity">1 = imaged pixel, [rows, width].</param>
internal sealed record BlendedRows(int FirstRow, int Rows, float[] Probabilities, byte[] Validity);

/// <summary>How the windows of a scene are laid out.</summary>
/// <param name="Overlap">Share of a window that its neighbour covers too, in [0, 1).</param>
/// <param name="BatchSize">Windows classified together.</param>
/// <param name="Offset">Rows and columns after which the second windows start, 1 to the stride; 0 for the stride.</param>
internal sealed record WindowLayout(double Overlap, int BatchSize, int Offset = 0);

/// <summary>
/// Classifies a scene by overlapping windows and averages their probabilities, weighted towards the window centres
/// (<see cref="WindowGrid.Weights"/>), so that no window edge shows in the map. Works from top to bottom and holds one row of
/// windows at a time, while the next rows are being read. Windows are added in a fixed order: the result does not depend on the batch size or on threads.
/// </summary>
internal sealed class BlendedWindows
{
    private readonly int width, windowSize, classes, batchSize;
    private readonly IWindowClassifier classifier;
    private readonly Func<SceneStrip> openStrip;
    private readonly int[] rowStarts, columnStarts;
    private readonly float[] axisWeights, sums, weights;    // [W], [L, W, width], [W, width]

    /// <param name="classifier">Classifies the windows.</param>
    /// <param name="width">Columns of the scene.</param>
    /// <param name="height">Rows of the scene.</param>
    /// <param name="layout">Where the windows lie, and how many are classified together.</param>
    /// <param name="noData">Digital number of missing values.</param>
    /// <param name="read">Reads rows of the scene; called by another thread, one call at a time.</param>
    public BlendedWindows(IWindowClassifier classifier, int width, int height, WindowLayout layout, short noData, RowReader read)
    {
        (this.classifier, this.width, batchSize) = (classifier, width, layout.BatchSize);
        (windowSize, classes) = (classifier.WindowSize, classifier.Classes);
        var stride = WindowGrid.Stride(windowSize, layout.Overlap);
        rowStarts = WindowGrid.Starts(height, windowSize, stride, layout.Offset);
        columnStarts = WindowGrid.Starts(width, windowSize, stride, layout.Offset);
        openStrip = () => new SceneStrip(width, height, classifier.Channels, windowSize, noData, read);
        axisWeights = WindowGrid.Weights(windowSize);
        sums = new float[checked(classes * windowSize * width)];
        weights = new float[windowSize * width];
        Height = height;
    }

    /// <summary>Rows of the scene.</summary>
    public int Height { get; }

    /// <summary>Classifies the scene; yields each of its rows once, from the top.</summary>
    public IEnumerable<BlendedRows> Rows(CancellationToken cancel)
    {
        using var strip = openStrip();
        for (var index = 0; index < rowStarts.Length; index++)
        {
            FinalizerGate.Pass();
            var start = rowStarts[index];
            strip.MoveTo(start, index + 1 < rowStarts.Length ? rowStarts[index + 1] : null);
            foreach (var columns in columnStarts.Where(strip.HasValidPixel).Chunk(batchSize))
            {
                cancel.ThrowIfCancellationRequested();
                Accumulate(start, columns, classifier.Probabilities(strip.Windows(start, columns)));
            }

            var first = Math.Max(0, start);
            var end = index + 1 < rowStarts.Length ? rowStarts[index + 1] : Height;
            yield return Finish(first, end - first, strip.Validity);
        }
    }

    private void Accumulate(int windowRow, int[] columns, float[] probabilities)
    {
        var skippedRows = Math.Max(0, -windowRow);
        var rows = Math.Min(windowSize - skippedRows, Height);
        for (var sample = 0; sample < columns.Length; sample++)
        {
            var skipped = Math.Max(0, -columns[sample]);
            var (column, length) = (columns[sample] + skipped, Math.Min(windowSize - skipped, width));
            for (var row = 0; row < rows; row++)
            {
                var rowWeight = axisWeights[row + skippedRows];
                for (var x = 0; x < length; x++)
                    weights[(row * width) + column + x] += rowWeight * axisWeights[x + skipped];
                for (var label = 0; label < classes; label++)
                {
                    var source = (((((sample * classes) + label) * windowSize) + row + skippedRows) * windowSize) + skipped;
                    var target = (((label * windowSize) + row) * width) + column;
                    for (var x = 0; x < length; x++)
                        sums[target + x] += rowWeight * axisWeights[x + skipped] * probabilities[source + x];
                }
            }
        }
    }

    /// <summary>Takes the upper <paramref name="rows"/> rows out of the sums and moves the rest up.</summary>
    private BlendedRows Finish(int firstRow, int rows, ReadOnlySpan<byte> stripValidity)
    {
        var area = rows * width;
        var validity = stripValidity[..area].ToArray();
        var blended = new float[classes * area];
        for (var label = 0; label < classes; label++)
        {
            var plane = sums.AsSpan(label * windowSize * width, windowSize * width);
            for (var pixel = 0; pixel < area; pixel++)
                blended[(label * area) + pixel] = validity[pixel] == 0 ? 0 : plane[pixel] / weights[pixel];
            MoveUp(plane, area);
        }

        MoveUp(weights, area);
        return new BlendedRows(firstRow, rows, blended, validity);
    }

    private static void MoveUp(Span<float> plane, int finished)
    {
        plane[finished..].CopyTo(plane);
        plane[(plane.Length - finished)..].Clear();
    }
}
