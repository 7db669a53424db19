using static TorchSharp.torch;

namespace SpectralEarth.Models.Products;

/// <summary>Where the heads of some tokens lie: one of several parts of D numbers that stand side by side in each token of a float32 tensor in the processor's memory.</summary>
internal readonly unsafe struct HeadTokens
{
    private readonly Tensor tensor;
    private readonly float* data;
    private readonly int batch, heads;
    private readonly long rowLength, start, tokens;

    /// <param name="tensor">[B, N, parts D], contiguous, heads inside each part.</param>
    /// <param name="heads">Heads h.</param>
    /// <param name="part">Which part, from 0.</param>
    /// <param name="parts">How many there are.</param>
    /// <param name="first">First token.</param>
    internal HeadTokens(Tensor tensor, int heads, int part = 0, int parts = 1, long first = 0)
    {
        (this.tensor, this.heads, rowLength, tokens) = (tensor, heads, tensor.shape[2], tensor.shape[1]);
        (batch, Count, Size) = ((int)tensor.shape[0], (int)(tokens - first), (int)(rowLength / parts / heads));
        data = (float*)TensorAddress.Of(tensor);
        start = (first * rowLength) + (part * rowLength / parts);
    }

    /// <summary>Heads h of all samples.</summary>
    internal int Heads => batch * heads;

    /// <summary>Tokens n of a sample, from the first on.</summary>
    internal int Count { get; }

    /// <summary>Numbers d of a token in a head, D / h.</summary>
    internal int Size { get; }

    /// <summary>One head of one sample, [n, d].</summary>
    internal Matrix this[int index]
    {
        get
        {
            var (sample, head) = Math.DivRem(index, heads);
            return new Matrix(data + (sample * tokens * rowLength) + start + (head * Size), Count, Size, rowLength, columnStride: 1);
        }
    }

    /// <summary>Keeps the numbers alive until here.</summary>
    internal void KeepAlive() => GC.KeepAlive(tensor);
}
