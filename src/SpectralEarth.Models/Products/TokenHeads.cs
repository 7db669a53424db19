using static TorchSharp.torch;

namespace SpectralEarth.Models.Products;

/// <summary>Self-attention of all heads of a batch, each on one thread (<see cref="AttentionHead"/>), on float32 in the processor's memory.</summary>
internal static unsafe class TokenHeads
{
    /// <summary>Mixes values for the queries of all tokens from <paramref name="first"/> on.</summary>
    /// <param name="qkv">Queries, keys, values side by side, heads inside each, [B, N, 3 D], contiguous.</param>
    /// <param name="heads">Heads h.</param>
    /// <param name="first">First token whose query is used.</param>
    /// <param name="mixed">Result, [B, N - first, D], contiguous.</param>
    /// <param name="logSums">Receives logarithms of the sums of exponentials, [B, h, N - first, 1], contiguous.</param>
    internal static void Mix(Tensor qkv, int heads, long first, Tensor mixed, Tensor logSums)
    {
        var (source, target) = (new Layout(qkv, heads, 3), new Layout(mixed, heads, 1));
        var ofSums = (float*)TensorAddress.Of(logSums);
        ForEach(source.Batch * heads, () => new AttentionHead(source.Tokens, source.Size), (head, index) =>
            head.Mix(source.Head(index, 0, first), source.Head(index, 1), source.Head(index, 2), target.Head(index, 0), ofSums + (index * (source.Tokens - first))));
        GC.KeepAlive(qkv);
        GC.KeepAlive(mixed);
        GC.KeepAlive(logSums);
    }

    /// <summary>Gradient of <paramref name="qkv"/>; parameters as <see cref="Mix"/> left them.</summary>
    /// <param name="qkv">[B, N, 3 D], contiguous.</param>
    /// <param name="heads">Heads h.</param>
    /// <param name="first">First token whose query was used.</param>
    /// <param name="mixed">[B, N - first, D], contiguous.</param>
    /// <param name="logSums">[B, h, N - first, 1], contiguous.</param>
    /// <param name="outer">Gradient of <paramref name="mixed"/>, contiguous.</param>
    /// <param name="gradient">Result, [B, N, 3 D], contiguous; queries before <paramref name="first"/> are left as they are.</param>
    internal static void Gradient(Tensor qkv, int heads, long first, Tensor mixed, Tensor logSums, Tensor outer, Tensor gradient)
    {
        var (source, target) = (new Layout(qkv, heads, 3), new Layout(gradient, heads, 3));
        var (ofMixed, ofOuter) = (new Layout(mixed, heads, 1), new Layout(outer, heads, 1));
        var ofSums = (float*)TensorAddress.Of(logSums);
        ForEach(source.Batch * heads, () => new AttentionHeadGradient(source.Tokens, source.Size), (head, index) => head.Run(
            (source.Head(index, 0, first), source.Head(index, 1), source.Head(index, 2), ofMixed.Head(index, 0)),
            ofOuter.Head(index, 0),
            ofSums + (index * (source.Tokens - first)),
            (target.Head(index, 0, first), target.Head(index, 1), target.Head(index, 2))));
        foreach (var tensor in new[] { qkv, mixed, logSums, outer, gradient })
            GC.KeepAlive(tensor);
    }

    private static void ForEach<T>(int count, Func<T> create, Action<T, int> work)
        where T : IDisposable
    {
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() }, create, (index, _, head) =>
        {
            work(head, index);
            return head;
        }, head => head.Dispose());
    }

    /// <summary>Where the heads of a tensor [B, N, parts D] lie.</summary>
    private readonly struct Layout
    {
        private readonly float* data;
        private readonly long rowLength;
        private readonly int heads;

        internal Layout(Tensor tensor, int heads, int parts)
        {
            (this.heads, rowLength) = (heads, tensor.shape[2]);
            (Batch, Tokens, Size) = ((int)tensor.shape[0], (int)tensor.shape[1], (int)(rowLength / parts / heads));
            data = (float*)TensorAddress.Of(tensor);
        }

        internal int Batch { get; }

        internal int Tokens { get; }

        internal int Size { get; }

        /// <summary>One head of one sample, from a token on, [N - first, D / h].</summary>
        internal Matrix Head(int index, int part, long first = 0)
        {
            var (sample, head) = Math.DivRem(index, heads);
            var start = (((sample * (long)Tokens) + first) * rowLength) + (((part * heads) + head) * Size);
            return new Matrix(data + start, Tokens - first, Size, rowLength, columnStride: 1);
        }
    }
}
